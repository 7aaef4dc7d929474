"""S28: which of our words an SMS says."""

import pytest

from subscribers.enums import Word
from subscribers.people.sms_words import word_of

STOP = """STOP|stop|Stop.|"Stop"|*STOP*|S T O P|Stop. Thank you|Stop, thanks|please stop|Please STOP now|STOP PLEASE
Stop texting me|STOP Sent from my phone|Make it stop|REVOKE|revoke consent|OPT OUT|opt-out|OPTOUT|I want to opt out
REMOVE|Remove me|Remove me from this list|unsubscribe|unsubscribe me|please unsubscribe me|UNSUBSCRIBE ALL|STOP ALL
STOPALL|stop-all|CANCEL|cancel my alerts|QUIT|END|end it|ARRET|ARRÊT|Arrêter|BAJA|baja por favor|ABMELDEN|bitte abmelden
STOPP|AUSTRAGEN|Bitte austragen|Yes. Stop|Yes please stop|does it stop|Hi. Stop. Ada|wrong number, stop
Don't text me, stop"""
NONE = """hello|When will it stop working?|When will it stop?|why does it stop|don't stop|do not stop|never stop
It was down all day and came up in the end|The bus stop is closed today|unstoppable|stopwatch|Thanks||?|...|👍
yes but who are you|start again with the server|Liked "Payments fail. https://status.example.test/x Reply STOP to end"
Loved “We look into payments that fail. Reply STOP”"""


def wide(text: str) -> str:
    """In the full-width letters of East Asian keyboards."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


def cases(text: str) -> list[str]:
    return [one for line in text.splitlines() for one in line.split("|")]


OTHERWISE = ["STOP\n--\nAda Lovelace\nAcme Ltd", "Hello\nSTOP\nAda", "\u200fSTOP", "\u0421\u0442\u043e\u043f"]


@pytest.mark.parametrize("text", [*cases(STOP), *OTHERWISE, wide("STOP"), wide("stop")])
def test_s28_stop_in_the_words_that_people_use(text):
    assert word_of(text) == Word.STOP


@pytest.mark.parametrize("text", [*cases(NONE), "Don\u2019t stop"])
def test_s28_what_does_not_ask_to_stop_is_no_stop(text):
    assert word_of(text) == Word.NONE


@pytest.mark.parametrize("text", ["START", "start", "Start please", "UNSTOP", "yes", "Yes, thank you", wide("Start")])
def test_s28_start_is_a_start_alone(text):
    assert word_of(text) == Word.START


@pytest.mark.parametrize("text", ["HELP", "help!", "Info", "Hilfe bitte", "help please"])
def test_s28_help_in_every_case(text):
    assert word_of(text) == Word.HELP
