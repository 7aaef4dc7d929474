"""S31: text that tries to break out of what holds it, planted in the database: a row may be older than the rules."""

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from xml.dom import minidom

import feedparser
import icalendar
import pytest
from django.urls import reverse

from incidents.actions import bulletins, scheduling
from incidents.models import Bulletin, Component, ComponentGroup, Incident, IncidentUpdate, Site
from statuspage.lib import markdown, safe_json
from statuspage.lib.text import printable
from tests.factories import a_component, an_open_incident

from .access import ACCESS
from .test_access import URLS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HARMLESS = "Harmless"
HOSTILE = {
    "unprintable": "a\x01\x08\x0b\x0c\x1f\x7f\x85b\ufffe\uffff\U0001fffec\u2028d\u2029e\u202ef\u2066g\u200f\U0001f6a8z",
    "elements": "a]]>b</script><script>alert(1)</script>c</style><img src=x onerror=alert(1)>d"
    "--><svg onload=alert(1)><!--e</title><base href=//evil.example>z",
    "attributes": "a\" onmouseover=\"alert(1)' onfocus='alert(1)b&lt;c&amp;#60;script&d"
    '{{ 7*7 }}{% debug %}${7*7}e\\;,:"z',
    "lines": "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSet-Cookie: a=b\r\n\r\nz",
    "address": "javascript:alert(1)",
}
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Without a secret, and not the logo, which is none of these.
OPEN = [
    name
    for name, row in ACCESS.items()
    if "GET" in row["anonymous"] and URLS.get(name) in ([], ["public_id"]) and not name.startswith(("admin:", "logo"))
]


@pytest.fixture
def rows(time_machine):
    """What the addresses name; the clock stands, for the page speaks of it."""
    time_machine.move_to(NOW, tick=False)
    component = a_component(group=ComponentGroup.objects.create(name="Group"))
    update = an_open_incident(component, at=NOW - timedelta(hours=1))
    scheduling.schedule_maintenance(
        title="Move",
        body="We move.",
        components=[component],
        scheduled_for=NOW + timedelta(days=1),
        scheduled_until=NOW + timedelta(days=2),
        by=None,
        at=NOW,
    )
    Site.load()
    bulletin = bulletins.publish(title="Closed", body="We close.", by=None, at=NOW - timedelta(hours=1))
    return {
        "incident": update.incident.public_id,
        "component": component.public_id,
        "bulletin": bulletin.public_id,
    }


def plant(text, body=HARMLESS):
    """In every field that the public reads as plain text; `body`, as Markdown, in the updates."""
    Site.objects.update(name=text)
    ComponentGroup.objects.update(name=text, description=text)
    Component.objects.update(name=text, description=text)
    Incident.all_kinds.update(title=text)
    frozen = [{"code": "x", "name": text, "old_status": "operational", "new_status": "partial_outage"}]
    Bulletin.objects.update(title=text, body=body, body_html=markdown.render(body))
    IncidentUpdate.objects.update(body=body, body_html=markdown.render(body), affected_components=frozen)


def answers(client, rows):
    """(name, answer) of every address without a secret."""
    for name in OPEN:
        kind = next((kind for kind in ("component", "bulletin") if name.startswith(kind)), "incident")
        yield name, client.get(reverse(name, args=[rows[kind]] if URLS[name] else []))


class Outline(HTMLParser):
    """The elements and the names of their attributes: what text must not change."""

    def __init__(self, html: str):
        super().__init__()
        self.elements = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, *(name for name, _ in attrs)))


def check(answer):
    """The answer is well formed, by a strict parser of its kind."""
    kind, content = answer["Content-Type"], answer.content
    if "calendar" in kind:
        check_calendar(content)
    elif "xml" in kind:
        minidom.parseString(content)
        if "rss" in kind or "atom" in kind:
            assert not feedparser.parse(content).bozo
        assert not NOT_XML.search(content.decode())
    elif "json" in kind:
        json.loads(content.decode(), parse_constant=pytest.fail)
        assert not re.search("[<>\u2028\u2029]", content.decode())
    elif "html" in kind:
        assert "javascript:" not in "".join(re.findall(r'(?:href|src)="([^"]*)"', content.decode())).lower()


def check_calendar(content):
    assert len(icalendar.Calendar.from_ical(content).walk("VEVENT")) == 1
    assert content.endswith(b"\r\n")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line)


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_name_or_title_breaks_out_of_any_answer(kind, rows, client):
    plant(HARMLESS)
    outlines = {name: Outline(answer.content.decode()).elements for name, answer in answers(client, rows)}
    plant(HOSTILE[kind])
    for name, answer in answers(client, rows):
        assert answer.status_code == 200, name
        check(answer)
        if "html" in answer["Content-Type"]:
            assert Outline(answer.content.decode()).elements == outlines[name], name


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_update_breaks_out_of_any_answer(kind, rows, client):
    plant(HARMLESS)
    scripts = {name: active(answer) for name, answer in answers(client, rows)}
    plant(HARMLESS, body=HOSTILE[kind])
    for name, answer in answers(client, rows):
        assert answer.status_code == 200, name
        check(answer)
        assert active(answer) == scripts[name], name


def active(answer):
    """What could run, load or lead elsewhere."""
    elements = Outline(answer.content.decode()).elements if "html" in answer["Content-Type"] else []
    risky = {"script", "style", "svg", "img", "base", "iframe", "object", "embed", "link", "meta", "form"}
    return [one for one in elements if one[0] in risky or any(name.startswith("on") for name in one[1:])]


def test_lone_surrogates_which_no_database_keeps_do_not_break_the_writers_either():
    assert printable("a\ud800z") == "az"
    assert json.loads(safe_json.dump({"a": "a\udfffz"}))
