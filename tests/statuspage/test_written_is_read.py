"""What is written is what is read: all of Markdown that people write, on every surface that shows it."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.dom import minidom

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from incidents.actions import publishing
from incidents.enums import Severity
from statuspage.accounts.roles import LEAD, SUPPORT
from statuspage.lib import markdown
from subscribers.channels.composing import compose
from subscribers.enums import Channel
from subscribers.models import AffectedCustomer, Delivery
from subscribers.support import outcomes
from tests.factories import a_component, a_subscriber, a_user, an_open_incident
from tests.markdown_texts import texts

TABLE = json.loads((Path(__file__).parents[1] / "markdown_table.json").read_text())
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SEED = 20261130
LANGUAGE = re.compile(r"^[ >\d.)*+-]*(?:`{3,}|~{3,}) *[\w.+#-]{1,20} *$", re.MULTILINE)
WORD = re.compile(r"[^\W\d_]+")
TITLES = [
    "Cards & <b>refunds</b>",
    "*Not* `code` __here__ &amp; &lt;",
    "[x](https://example.com) a < b",
    "{{ name }} 5*3*2",
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
def test_each_kind_of_markdown_is_rendered_as_the_table_says(row):
    html = markdown.render(row["source"])
    assert html.replace(' rel="nofollow noopener"', "") == row["html"]
    assert markdown.plain(html) == row["text"]


class Seen(HTMLParser):
    """The text that somebody sees, and after each link where it leads, if the link does not say so itself."""

    def __init__(self, html: str):
        super().__init__()
        self.text, self.begin, self.address = "", 0, ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.begin, self.address = len(self.text), dict(attrs).get("href", "")

    def handle_endtag(self, tag):
        if tag == "a" and self.text[self.begin :] not in (self.address, self.address.removeprefix("mailto:")):
            self.text += f" {self.address.removeprefix('mailto:')} "

    def handle_data(self, data):
        self.text += data


def letters(text: str) -> str:
    """What no mark and no number of a list is made of, in order."""
    return re.sub(r"[\W\d_]", "", text)


def lost_or_added(source: str) -> tuple:
    """The words of `source` that are not shown, and those shown that are not in it; page first, then plain text."""
    html = markdown.render(source)
    typed = LANGUAGE.sub("", source.replace("\r\n", "\n")).replace("mailto:", "")
    shown = [Seen(html).text.replace("mailto:", ""), markdown.plain(html).replace("mailto:", "")]
    lost = [word for text in shown for word in WORD.findall(typed) if word not in letters(text)]
    added = [word for text in shown for word in WORD.findall(text) if word not in letters(typed)]
    if "]:" in typed:  # what a definition says once, each link to it says
        return lost, added, [], []
    count = Counter(letters(typed))
    return lost, added, *(list((count - Counter(letters(text))) + (Counter(letters(text)) - count)) for text in shown)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
def test_every_word_that_is_typed_is_shown_and_no_other(row):
    assert lost_or_added(row["source"]) == ([], [], [], [])


def test_no_word_of_generated_texts_is_lost_or_hidden():
    for text in texts(SEED, 500, length=200):
        if not LANGUAGE.search(text):
            assert lost_or_added(text) == ([], [], [], []), (SEED, text)


@pytest.fixture
def told(db):
    """An incident with an update for each row of the table, and somebody who was told."""
    update = an_open_incident(a_component("Cards"), at=NOON)
    for minute, row in enumerate(TABLE, start=1):
        publishing.post_update(
            incident=update.incident,
            status="investigating",
            body=row["source"],
            by=None,
            at=NOON + timedelta(minutes=minute),
        )
    subscriber = a_subscriber()
    AffectedCustomer.objects.create(incident=update.incident, subscriber=subscriber, name="Acme", linked_at=NOON)
    return update.incident


def staff(client, role):
    user = a_user()
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def shown(html: str) -> list[str]:
    """The words in order: a tool that puts styles into HTML leaves these as they are."""
    return re.sub("<[^>]*>", " ", html).split()


def test_every_surface_that_holds_html_shows_what_was_rendered(told, client):
    updates = list(told.updates.order_by("display_at"))[1:]
    subscriber = AffectedCustomer.objects.get(incident=told).subscriber
    pages = {
        "page": client.get(reverse("incident", args=[told.public_id])).text,
        "atom": feed(client.get(reverse("history-atom")).content, "content"),
        "rss": feed(client.get(reverse("history-rss")).content, "description"),
        "json": client.get(reverse("history-json")).json()["items"][0]["content_html"],
        "support": staff(client, SUPPORT).get(reverse("support:customer-deliveries", args=[subscriber.pk])).text,
        "console": staff(client, LEAD).get(reverse("console:incident", args=[told.public_id])).text,
    }
    newest = {
        "updates.atom": feed(client.get(reverse("updates-atom")).content, "content"),
        "updates.rss": feed(client.get(reverse("updates-rss")).content, "description"),
        "updates.json": "".join(item["content_html"] for item in client.get(reverse("updates-json")).json()["items"]),
    }
    for update in updates[-40:]:
        assert [name for name, text in newest.items() if _inner(update.body_html) not in without_marks(text)] == []
    for update, row in zip(updates, TABLE, strict=True):
        assert update.body_html.replace(' rel="nofollow noopener"', "") == row["html"]
        assert [name for name, text in pages.items() if _inner(update.body_html) not in without_marks(text)] == []


def without_marks(html: str) -> str:
    """Without what pages add for direction and for paper: nothing of what is said."""
    return html.replace(' dir="auto"', "").replace(' class="bare"', "")


def _inner(html: str) -> str:
    """Without the paragraph around it, where it is one: feeds put the date in there."""
    return re.sub(r"^<p>((?:(?!</?p>).)*)</p>$", r"\1", html, flags=re.DOTALL)


def feed(content: bytes, tag: str) -> str:
    """The text of all elements of a kind."""
    return "".join(
        node.data for element in minidom.parseString(content).getElementsByTagName(tag) for node in element.childNodes
    )


def test_every_surface_that_holds_text_says_what_the_page_shows(told, client):
    updates = {update["id"]: update["body"] for update in v2(client)["incident_updates"]}
    reader = Delivery(subscriber=a_subscriber())
    phone = Delivery(subscriber=a_subscriber(channel="sms"))
    for update, row in zip(told.updates.order_by("display_at")[1:], TABLE, strict=True):
        mail = compose(update.announcement, Channel.EMAIL).to(reader)
        assert updates[update.public_id] == row["text"]
        assert f"\n\n{row['text']}\n\n" in mail.text
        assert " ".join(shown(update.body_html)) in " ".join(shown(mail.html))
        assert f"\n\n{row['text']}\n\n" in outcomes.answer(update.announcement)
        assert told.title in compose(update.announcement, Channel.SMS).to(phone).text


def v2(client) -> dict:
    return client.get("/api/v2/incidents.json").json()["incidents"][0]


@pytest.mark.django_db
def test_the_preview_shows_what_will_be_published(client):
    staff(client, LEAD)
    for row in TABLE:
        values = {"title": "T", "status": "investigating", "severity": "P3", "body": row["source"]}
        document = client.post(reverse("console:page-preview"), values).context["document"]
        assert markdown.render(row["source"].strip()) in without_marks(document), row["name"]


@pytest.mark.django_db
@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_no_markdown_and_no_html_anywhere(title, client):
    update = publishing.open_incident(
        title=title,
        severity=Severity.P3,
        body="We look.",
        components={a_component(title): "partial_outage"},
        by=None,
        at=NOON,
    )
    incident = update.incident
    for name, args in {"page": [], "incident": [incident.public_id], "history": []}.items():
        assert title in unescape(re.sub("<[^>]*>", "", client.get(reverse(name, args=args)).text)), name
    assert title in feed(client.get(reverse("history-atom")).content, "title")
    assert title in feed(client.get(reverse("history-rss")).content, "title")
    assert client.get(reverse("history-json")).json()["items"][0]["title"] == title
    assert v2(client)["name"] == title
    mail = compose(update.announcement, Channel.EMAIL).to(Delivery(subscriber=a_subscriber()))
    assert mail.subject == f"[Investigating] {title}"
    assert title in mail.text
    assert title in unescape(re.sub("<[^>]*>", "", mail.html))
    assert title in outcomes.answer(update.announcement)
