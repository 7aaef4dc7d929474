"""The words STOP, START and HELP in an SMS, however they are written.

STOP is heard widely, as the law has it (47 CFR 64.1200(a)(10): "any reasonable means"): one that is missed is illegal,
and one that is heard wrongly is answered at once with how to come back. START is heard narrowly: it is a consent.
"""

import re
import unicodedata

from ..enums import Word

_LONGEST = 2_000  # characters; an SMS of many parts has at most 39,015, and its writer does not mean STOP
_MAX_WORDS_BEFORE_EVERYDAY = 3
_ENGLISH = ("stop", "stopall", "unsubscribe", "optout", "revoke")
_ABROAD = ("stopp", "stoppen", "abmelden", "abbestellen", "austragen", "arret", "arreter", "desabonner", "afmelden")
_RUSSIAN = "\u0441\u0442\u043e\u043f"
_PLAINLY_STOP = frozenset([*_ENGLISH, *_ABROAD, _RUSSIAN])
# Words of other sentences too: the last of a long one is none of ours ("it was down all day and came up in the end").
_EVERYDAY = frozenset(["end", "quit", "cancel", "remove", "baja"])
_START = frozenset(["start", "unstop", "yes"])
_HELP = frozenset(["help", "info", "hilfe"])
_COURTESY = frozenset(["please", "bitte", "thanks", "thank", "you", "danke", "now", "again"])
_NOT = frozenset(["not", "dont", "never", "nicht", "nie"])
_ASKS = frozenset(["when", "why", "how", "what", "where", "wann", "warum", "wie", "was"])
# A phone that cannot show a reaction writes it out with the message that it is about, and ours speak of STOP.
_QUOTED = re.compile('["\u00ab\u201c\u201e].{20,}["\u00bb\u201c\u201d]', re.DOTALL)
_APOSTROPHES = re.compile("['\u2019\u02bc`]")
_SENTENCES = re.compile(r"[\n\r\u2028\u2029.!?;:,]+")
_WORD = re.compile(r"[^\W_]+")
_APART = re.compile(r"\b(opt|stop)[ \-]+(out|all)\b")


def word_of(text: str) -> Word:
    """Return which of our words `text` is: STOP by the first or last word of a sentence, the others by all that is
    said."""
    plain = _plain(text[:_LONGEST])
    sentences = [words for part in _SENTENCES.split(plain) if (words := _WORD.findall(part))]
    said = [word for words in sentences for word in words if word not in _COURTESY]
    whole = "".join(said)
    if whole in _PLAINLY_STOP | _EVERYDAY or any(map(_is_stop, sentences)):
        return Word.STOP
    if whole in _START:
        return Word.START
    return Word.HELP if whole in _HELP else Word.NONE


def _plain(text: str) -> str:
    """Lower case, without accents, and without what it quotes; full-width letters as the usual ones."""
    text = _QUOTED.sub(" ", unicodedata.normalize("NFKC", text)).casefold()
    text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return _APART.sub(r"\1\2", _APOSTROPHES.sub("", text))


def _is_stop(words: list[str]) -> bool:
    """Return whether it asks to stop: a question after the outage ("when will it stop?") does not, nor a wish to go on
    ("don't stop")."""
    words = [word for word in words if word not in _COURTESY]
    if not words or words[0] in _ASKS:
        return False
    if words[0] in _PLAINLY_STOP | _EVERYDAY:
        return True
    if words[-1] in _EVERYDAY and len(words) > _MAX_WORDS_BEFORE_EVERYDAY + 1:
        return False
    return words[-1] in _PLAINLY_STOP | _EVERYDAY and words[-2] not in _NOT
