"""The language of the site: where it is spoken, and that it ends where it is spoken no more."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from incidents.models import Announcement, Component, Incident, Site
from statuspage.edge import unavailable
from statuspage.edge.answer import CONFIRMATION_MARK, Answer
from statuspage.lib import language, scripts, spans
from subscribers.channels.composing import compose
from subscribers.channels.sms import replies
from subscribers.channels.sms.segments import count
from subscribers.enums import Channel
from subscribers.models import Delivery, Subscriber
from subscribers.people import inbound_sms
from tests.absence import AWAY, raising
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
PHONE = Subscriber(channel="sms", address="+4915112345678")
SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"


@pytest.fixture
def german():
    Site.load()
    Site.objects.update(language="de", name="Larkfeld", time_zone="Europe/Berlin")


def announced(**kwargs) -> Announcement:
    incident = Incident(title="x", public_id="0123456789bc")
    values = {
        "title": "Zahlungen schlagen fehl",
        "status": "investigating",
        "body": "Wir suchen.",
        "published_at": NOON,
    }
    return Announcement(incident=incident, kind="incident", **values | kwargs)


def said(announcement, channel):
    reader = PHONE if channel == Channel.SMS else Subscriber(channel=channel, address="r@example.test")
    return compose(announcement, channel).to(Delivery(subscriber=reader))


@pytest.mark.usefixtures("german")
def test_a_page_is_in_the_language_of_the_site_whatever_the_browser_prefers(client):
    a_component("Kasse")
    for path in ("/", "/subscribe/", "/nothing-here/"):
        answers = [client.get(path, headers={"accept-language": code}) for code in ("en", "de", "fr")]
        assert all('<html lang="de">' in answer.text for answer in answers)
        assert not any("Accept-Language" in answer.get("Vary", "") for answer in answers)
    assert "Alles funktioniert." in client.get("/").text


@pytest.mark.usefixtures("german")
def test_the_language_ends_with_the_answer(client):
    an_open_incident(a_component())
    for path in ("/", "/updates.atom", "/maintenances.ics", "/badge.svg", "/subscribe/", "/nothing-here/", "/embed.js"):
        client.get(path)
        assert get_language() == "en", path


@pytest.mark.usefixtures("german")
def test_the_language_ends_with_a_message_also_with_one_that_fails():
    said(announced(), Channel.EMAIL)
    assert get_language() == "en"
    with pytest.raises(KeyError):
        compose(announced(status="unheard of"), Channel.SMS)
    assert get_language() == "en"
    assert "erhalten" in inbound_sms.hear(address="+4915112345678", text="stop", at=timezone.now())
    assert get_language() == "en"


def test_no_thread_speaks_the_language_of_another():
    with language.speaking("de"), ThreadPoolExecutor(1) as other:
        assert gettext("Everything works.") == "Alles funktioniert."
        assert other.submit(gettext, "Everything works.").result() == "Everything works."


def test_a_language_that_there_is_not_is_english():
    with language.speaking("xx"):
        assert get_language() == "en"


@pytest.mark.usefixtures("german")
def test_the_screens_of_the_staff_stay_in_english(admin_client):
    an_open_incident(a_component())
    for name in ("admin:index", "console:board", "admin:incidents_component_changelist", "subscribers:outbox"):
        text = admin_client.get(reverse(name)).text
        assert 'lang="en' in text, name
        assert not re.search(r"Störung|Meldung|Wird untersucht|Komponente\b", text), name
    assert 'lang="en"' in admin_client.get("/admin/nothing-here/").text


def test_programs_read_the_same_whatever_the_language(client):
    an_open_incident(a_component())
    before = client.get("/api/v2/summary.json").json()
    Site.objects.update(language="de")
    assert client.get("/api/v2/summary.json").json() == before


def test_a_change_of_the_language_builds_the_page_anew(admin_client, client):
    site = Site.load()
    values = {"name": "Larkfeld", "time_zone": "Europe/Berlin", "language": "de"}
    admin_client.post(reverse("admin:incidents_site_change", args=[site.pk]), values)
    assert Site.load().page_version == site.page_version + 1
    assert '<html lang="de">' in client.get("/").text


@pytest.mark.usefixtures("german")
def test_times_and_numbers_are_written_as_a_german_does(client, time_machine):
    time_machine.move_to(NOON, tick=False)
    part = a_component("Kasse", start_date="2026-01-01")
    an_open_incident(part, at=NOON - timedelta(hours=27), next_update_at=NOON + timedelta(minutes=22))
    page = client.get("/").text
    assert re.search(
        r"Nächste Meldung bis <strong><time [^>]*>14:22 MEZ</time></strong> \(<span [^>]*>in 22 Min.", page
    )
    assert re.search(r"Beginn: <time [^>]*>20. Nov., 11:00 MEZ</time>, <span [^>]*>vor 27 Std.<", page)
    assert "<h3>21. November" in page
    assert re.search(r"9\d,\d\d %</a>", page)


@pytest.mark.usefixtures("german")
def test_feeds_and_calendar_say_their_language(client):
    an_open_incident(a_component())
    assert 'xml:lang="de"' in client.get("/updates.atom").text
    assert "<language>de</language>" in client.get("/history.rss").text
    assert client.get("/updates.json").json()["language"] == "de"
    assert "//DE" in client.get("/maintenances.ics").text


@pytest.mark.usefixtures("german")
def test_a_mail_says_its_language_and_is_in_it():
    mail = said(announced(next_update_at=NOON + timedelta(days=1)), Channel.EMAIL)
    assert mail.subject == "[Wird untersucht] Zahlungen schlagen fehl"
    assert mail.headers["Content-Language"] == "de"
    assert '<html lang="de">' in mail.html
    assert "Nächste Meldung bis 22.11. 14:00 MEZ." in mail.text
    assert "Abbestellen: " in mail.text


@pytest.mark.usefixtures("german")
def test_an_sms_is_one_segment_of_german_words():
    text = said(announced(next_update_at=NOON + timedelta(minutes=30)), Channel.SMS).text
    assert text.startswith("Larkfeld: Wird untersucht: Zahlungen schlagen fehl. Nächste Meldung bis 14:30 MEZ. http")
    assert text.endswith(" Abmelden mit STOP")
    assert count(text) == 1


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("reply", [replies.stopped, replies.started, replies.unknown, replies.helped])
def test_an_answer_is_one_segment_and_names_the_words_that_gateways_know(reply):
    text = reply(Site.load())
    assert count(text) == 1
    assert reply is replies.unknown or re.search(r"\b(STOP|START)\b", text)


@pytest.mark.usefixtures("german")
def test_a_promise_in_german_words_is_not_said_again():
    promise = {"next_update_at": NOON + timedelta(minutes=30)}
    assert "Nächste Meldung" not in said(announced(body="Mehr bis 14:30 Uhr.", **promise), Channel.EMAIL).text
    assert "Nächste Meldung" in said(announced(body="Mehr um 15:30 Uhr.", **promise), Channel.EMAIL).text


@pytest.mark.usefixtures("german")
def test_the_promise_in_a_german_text_is_a_moment(client):
    at, due = timezone.now(), timezone.now() + timedelta(minutes=30)
    local = due.astimezone(Site.load().zone)
    letters = {"CET": "MEZ", "CEST": "MESZ"}[local.tzname()]
    an_open_incident(body=f"Mehr bis {local:%H:%M} {letters}.", at=at, next_update_at=due)
    assert re.search(rf"Mehr bis <time [^>]*>{local:%H:%M} {letters}</time>", client.get("/").text)


def test_what_is_said_without_the_database_is_in_the_language_last_heard(client):
    with raising(AWAY[0]):
        assert '<html lang="en">' in client.get("/subscribe/").text
    assert b'lang="en"' in unavailable.unavailable("/").raw[1]
    Site.load()
    Site.objects.update(language="de")
    Site.load()
    with raising(AWAY[0]):
        assert "Wir können dies gerade nicht beantworten." in client.get("/subscribe/").text
    assert "Wir können den Status gerade nicht anzeigen.".encode() in unavailable.unavailable("/").raw[1]
    assert b'lang="de"' in unavailable.unavailable("/").raw[1]


@pytest.mark.parametrize(
    ("code", "words"), [("en", b"We cannot confirm"), ("de", "Wir können nicht bestätigen".encode())]
)
def test_a_page_that_cannot_be_confirmed_says_so_in_its_own_language(code, words):
    page = b'<html lang="%s"><main>%s' % (code.encode(), CONFIRMATION_MARK)
    assert words in Answer("200 OK", [], page, 1).unconfirmed(NOON).raw[1]


def test_scripts_say_only_what_can_be_put_into_another_language():
    source = (SCRIPTS / "time.js").read_text()
    distances = {words for kind in (spans.AHEAD, spans.AGO) for words in kind.values()}
    assert [words for words in distances if f'"{words}"' not in source] == []
    assert distances | spoken("time", "live", "mine", "uptime", "copy") <= set(scripts._PAGE)
    banner = (SCRIPTS / "embed.js").read_text()
    assert all(f'"{words}"' in banner or f"`{words}`" in banner for words in scripts._BANNER)
    assert banner.count("status.description") == 1


def spoken(*files: str) -> set[str]:
    return {words for file in files for words in re.findall(r'\bsay\("([^"]+)"', (SCRIPTS / f"{file}.js").read_text())}


@pytest.mark.usefixtures("german")
def test_a_german_page_brings_the_words_of_its_scripts_along(client):
    assert '<script type="application/json" id="words">{' in client.get("/").text
    assert "</script" not in scripts._json(("a</script>",))
    banner = client.get("/embed.js").text
    assert '"Zur Statusseite"' in banner
    assert "`${incidents.length} offene Störungen, die neueste: ${first.name}.`" in banner
    assert '({"Partial System Outage":"Teil des Systems ausgefallen"' in banner
    assert scripts._within('a"`\\') == 'a\\"\\`\\\\'


@pytest.mark.usefixtures("german")
def test_a_sign_up_is_refused_in_german(client):
    a_subscriber()
    Component.objects.create(name="Kasse")
    answer = client.post("/subscribe/", {"channel": "email", "email": "ada", "scope": "everything"})
    assert "Bitte prüfen Sie die Adresse; sie sollte aussehen wie name@example.com." in answer.text
