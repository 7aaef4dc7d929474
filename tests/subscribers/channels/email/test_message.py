import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

import pytest
import time_machine
from django.utils import timezone

from incidents.actions import publishing, recalling
from incidents.enums import ComponentStatus
from incidents.models import Announcement, Incident, Site
from subscribers.channels.composing import compose
from subscribers.channels.email import mime
from subscribers.enums import Channel
from subscribers.models import AffectedCustomer, Confirmation, Delivery, Subscriber
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOON = NOON + timedelta(minutes=30)
HOSTILE = [
    "</style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ manage_url }}{% include 'emails/base.html' %}",
    "%(token)s {token} @@token@@",
    "خدمة الدفع معطلة",
    "🙂" * 60,
    "x" * 255,
]


class Page(HTMLParser):
    """What a mail program meets: its tags, its links and its words."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.links, self.words = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data):
        if self.lasttag not in ("style", "title"):
            self.words += data


@pytest.fixture(autouse=True)
def _site():
    Site.objects.create(pk=1, name="Northwind", time_zone="Europe/Berlin")


def mail_to(subscriber, thing):
    return compose(thing, Channel.EMAIL).to(Delivery(subscriber=subscriber))


def parsed(message):
    """The mail as it is read from the wire, and the bytes."""
    data = mime.render(message)
    return message_from_bytes(data, policy=default), data


def announced(**kwargs) -> Announcement:
    """Straight to the table: also what no form would let in."""
    components = [{"id": 1, "name": "Card payments", "status": "partial_outage"}]
    values = {"title": "Payments fail", "body": "We look into it.", "components": components, "published_at": NOON}
    return Announcement(
        incident=Incident(title="Payments fail"), kind="incident", status="investigating", **values | kwargs
    )


def test_the_subject_says_state_and_title_and_the_text_begins_with_what_is_affected():
    payments, search = a_component("Card payments"), a_component("Search")
    update = an_open_incident(
        title="Card payments fail for some customers",
        body="About **one in five** fails. See [the list](https://example.com/list).",
        components={search: ComponentStatus.DEGRADED_PERFORMANCE, payments: ComponentStatus.MAJOR_OUTAGE},
        at=NOON,
        next_update_at=NOON + timedelta(minutes=30),
    )
    mail, _ = parsed(mail_to(a_subscriber(), update.announcement))
    assert mail["Subject"] == "[Investigating] Card payments fail for some customers"
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.startswith("Major outage: Card payments. Degraded performance: Search.\n\nAbout one in five fails.")
    assert "See the list (https://example.com/list)." in text
    assert "Next update by 13:30 CET." in text
    assert f"http://status.example.test/incidents/{update.incident.public_id}/" in text
    assert "Published 21 Nov 2026, 13:00 CET." in text


@pytest.mark.parametrize("body", ["We write again by 13:30 CET.", "More by 13:30.", "The next word comes 13:30 CET."])
def test_a_promise_that_the_words_hold_is_not_said_again(body):
    message = mail_to(a_subscriber(), an_open_incident(body=body, at=NOON, next_update_at=SOON).announcement)
    assert "Next update by" not in message.text + message.html


@pytest.mark.parametrize("body", ["We look.", "It began at 13:30.", "We write by 13:00 CET.", "More by 13:305."])
def test_a_promise_that_the_words_do_not_hold_is_said(body):
    message = mail_to(a_subscriber(), an_open_incident(body=body, at=NOON, next_update_at=SOON).announcement)
    assert "Next update by 13:30 CET." in message.text
    assert "Next update by 13:30 CET." in message.html


def test_a_promise_for_another_day_is_said_with_its_day():
    later = SOON + timedelta(days=1)
    message = mail_to(a_subscriber(), an_open_incident(body="By 13:30.", at=NOON, next_update_at=later).announcement)
    assert "Next update by 22 Nov 13:30 CET." in message.text


def test_a_promise_that_a_shortened_text_may_have_lost_is_said():
    body = "Long words. " * 1_500 + "We write again by 13:30 CET."
    message = mail_to(a_subscriber(), an_open_incident(body=body, at=NOON, next_update_at=SOON).announcement)
    assert "Next update by 13:30 CET." in message.text


def test_a_mail_is_text_and_html_that_say_the_same():
    message = mail_to(a_subscriber(), an_open_incident(a_component("Payments")).announcement)
    mail, _ = parsed(message)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    html = Page(message.html)
    for words in ("Card payments fail", "Partial outage: Payments.", "We are looking into it.", "Unsubscribe"):
        assert words in html.words
        assert words in message.subject + message.text


def test_headers_let_it_thread_unsubscribe_and_never_answer_itself(settings):
    settings.DEFAULT_FROM_EMAIL = "status@northwind.test"
    subscriber, announcement = a_subscriber(), an_open_incident().announcement
    mail, _ = parsed(mail_to(subscriber, announcement))
    root = f"<{announcement.incident.public_id}.{subscriber.pk}@status.example.test>"
    assert mail["From"] == "Northwind status <status@northwind.test>"
    assert mail["To"] == subscriber.address
    assert mail["Message-ID"] == f"<{announcement.public_id}.{subscriber.pk}@status.example.test>"
    assert mail["References"] == mail["In-Reply-To"] == root
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"][1:-1] in mail.get_body(("plain",)).get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<updates.status.example.test>"


def test_every_mail_has_a_name_of_its_own_and_an_incident_is_one_thread_a_subscriber():
    first = an_open_incident()
    second = publishing.post_update(
        incident=first.incident, status="resolved", body="Over.", by=None, at=timezone.now()
    )
    ada, bob = a_subscriber(), a_subscriber()
    mails = [mail_to(who, update.announcement).headers for who in (ada, bob) for update in (first, second)]
    assert len({mail["Message-ID"] for mail in mails}) == 4
    assert [mail["References"] for mail in mails][::2] == [mail["References"] for mail in mails][1::2]
    assert mails[0]["References"] != mails[2]["References"]
    assert mail_to(ada, first.announcement).headers == mails[0]


def test_one_rendering_serves_all_recipients_without_a_query(django_assert_num_queries):
    notice = compose(an_open_incident().announcement, Channel.EMAIL)
    ada, bob = a_subscriber(), a_subscriber()
    with django_assert_num_queries(0):
        to_ada, to_bob = (notice.to(Delivery(pk=number, subscriber=who)) for number, who in ((7, ada), (8, bob)))
    assert (to_ada.delivery_id, to_ada.to, to_bob.to) == (7, ada.address, bob.address)
    mine = re.search(r"/subscription/([^/]+)/unsubscribe/", to_ada.text)[1]
    assert mine in to_ada.html
    assert mine in to_ada.headers["List-Unsubscribe"]
    assert mine not in to_bob.text + to_bob.html + str(to_bob.headers)


def test_a_linked_customer_reads_why_and_a_subscriber_another_reason():
    update = an_open_incident()
    linked, both, subscribed = a_subscriber(confirmed_at=None), a_subscriber(), a_subscriber()
    for customer in (linked, both):
        AffectedCustomer.objects.create(incident=update.incident, subscriber=customer, name="Ada")
    notice = compose(update.announcement, Channel.EMAIL)
    reasons = [notice.to(Delivery(subscriber=who)) for who in (linked, both, subscribed)]
    for message, words in zip(
        reasons,
        (
            "because our support team linked you to this incident",
            "because you subscribed to Northwind status and our support team linked you",
            "because you subscribed to Northwind status.",
        ),
        strict=True,
    ):
        assert words in message.text
        assert words in message.html


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_stay_words(hostile):
    message = mail_to(
        a_subscriber(),
        announced(title=hostile, body=hostile, components=[{"id": 1, "name": hostile, "status": "major_outage"}]),
    )
    html = Page(message.html)
    assert "script" not in html.tags
    assert "img" not in html.tags
    assert html.tags.count("style") == 2
    assert hostile in html.words
    assert hostile in message.text
    assert hostile in message.subject
    assert len(re.findall(r"/subscription/", message.html)) == 2


def test_line_breaks_and_controls_never_reach_a_header():
    mail, data = parsed(mail_to(a_subscriber(), announced(title="Fails\r\nBcc: all@example.test\x0b\u2028!")))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "[Investigating] Fails  Bcc: all@example.test  !"
    assert max(map(len, data.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("brand", ["Bank der Zukunft™ ÄÖÜ", "🙂" * 255, 'A "quoted" <name>, Inc.'])
def test_any_brand_makes_a_valid_sender(brand):
    Site.objects.update(name=brand)
    mail, data = parsed(mail_to(a_subscriber(), announced()))
    shown = mail["From"].addresses[0].display_name.replace(" ", "")  # Python sets spaces between encoded-words
    assert shown.startswith(brand[:20].replace(" ", ""))
    assert len(mail["From"].addresses) == 1
    assert data.isascii()


@pytest.mark.parametrize("body", ["word " * 5_000, "&<>" * 8_333, "🙂" * 25_000, "- a\n" * 6_250, "Привет! " * 3_125])
def test_a_long_text_is_cut_to_a_small_mail_that_leads_to_the_whole(body):
    message = mail_to(a_subscriber(), announced(body=body))
    _, data = parsed(message)
    assert len(data) < 30_000
    assert "the whole of it is on the status page" in message.text
    assert "Read the whole update" in message.html


def test_every_link_of_a_mail_leads_to_the_site_and_nothing_is_loaded():
    message = mail_to(a_subscriber(), an_open_incident(a_component()).announcement)
    html = Page(message.html)
    assert html.links
    assert all(link.startswith("http://status.example.test/") for link in html.links)
    assert not {"img", "link", "script", "iframe", "form"} & set(html.tags)
    assert "url(" not in message.html


def test_it_is_styled_inline_and_keeps_its_dark_mode():
    message = mail_to(a_subscriber(), announced())
    assert '<meta name="color-scheme" content="light dark">' in message.html
    assert "@media (prefers-color-scheme: dark)" in message.html
    assert re.search(r'<a class="button"[^>]* style="[^"]*background', message.html)


def test_an_incident_without_components_begins_with_its_title():
    assert mail_to(a_subscriber(), announced(components=[])).text.startswith("Payments fail\n")


def test_a_preview_needs_nothing_saved():
    reader = Subscriber(channel=Channel.EMAIL, address="reader@example.test")
    message = mail_to(reader, announced(components=None, published_at=None))
    assert message.subject == "[Investigating] Payments fail"
    assert message.delivery_id == 0


def test_a_maintenance_says_its_window():
    window = {"scheduled_for": NOON + timedelta(days=1), "scheduled_until": NOON + timedelta(days=1, hours=2)}
    message = mail_to(a_subscriber(), _maintenance(**window))
    assert message.subject == "[Maintenance scheduled] Database upgrade"
    assert message.text.startswith("Planned work on Card payments, 22 Nov 2026, 13:00 to 15:00 CET.")


def _maintenance(**kwargs) -> Announcement:
    announcement = announced(title="Database upgrade", **kwargs)
    announcement.kind, announcement.status = "maintenance", "scheduled"
    return announcement


def asked(subscriber, **kwargs) -> Confirmation:
    return Confirmation.objects.create(subscriber=subscriber, requested_at=NOON, **kwargs)


def test_a_confirmation_says_what_was_asked_for_and_how_to_ignore_it():
    chosen, hidden = a_component("Card payments"), a_component("Secret", is_public=False)
    subscriber = a_subscriber(confirmed_at=None)
    confirmation = asked(subscriber, everything=False, component_ids=[chosen.pk, hidden.pk], every_update=False)
    message = mail_to(subscriber, confirmation)
    assert message.subject == "Confirm your subscription to Northwind status"
    for part in (message.text, Page(message.html).words):
        assert "Card payments" in part
        assert "Secret" not in part
        assert "When something begins and when it is over" in part
        assert "until 28 Nov 2026, 13:00 CET" in part
        assert "Was it not you? Ignore this" in part
        assert "replaces what you chose" not in part
    assert "List-Unsubscribe" not in message.headers
    parsed(message)


def test_a_confirmation_to_somebody_subscribed_says_that_it_replaces():
    subscriber = a_subscriber()
    assert "this replaces what you chose before" in mail_to(subscriber, asked(subscriber)).text


def test_a_correction_says_so_first_and_names_what_it_replaces():
    wrong = an_open_incident(title="Card payments fail", at=NOON).announcement
    recalling.recall(announcement=wrong, reason="Wrong product.", by=None, at=NOON)
    right = publishing.post_update(
        incident=wrong.incident,
        status="investigating",
        body="Only refunds fail.",
        by=None,
        at=NOON + timedelta(minutes=10),
        corrects=wrong,
    ).announcement
    mail = mail_to(a_subscriber(), right)
    words = "Correction: this replaces our message of 13:00 CET (Investigating), which was not right."
    assert mail.subject == "Correction: [Investigating] Card payments fail"
    assert mail.text.startswith(words)
    assert "Correction: this replaces our message of 13:00 CET (Investigating)" in Page(mail.html).words
    assert "takes the place" not in mail.text


def test_a_later_update_says_which_earlier_one_it_takes_the_place_of():
    first = an_open_incident(at=NOON).announcement
    later = {"incident": first.incident, "body": "We know more.", "by": None}
    second = publishing.post_update(status="identified", at=NOON + timedelta(minutes=5), **later).announcement
    third = publishing.post_update(status="mitigating", at=NOON + timedelta(minutes=9), **later).announcement
    recalling.recall(announcement=second, reason="Wrong.", by=None, at=NOON)
    replaces = "It takes the place of our update of 13:00 CET (Investigating)."
    assert "takes the place" not in mail_to(a_subscriber(), first).text
    assert replaces in mail_to(a_subscriber(), second).text
    assert replaces in mail_to(a_subscriber(), third).text  # what was recalled is not what stood


@pytest.fixture
def at_quarter_to():
    with time_machine.travel(NOON + timedelta(minutes=45), tick=False):
        yield NOON + timedelta(minutes=45)


def test_an_update_about_an_earlier_time_says_so_first_and_takes_the_place_of_nothing(at_quarter_to):
    first = an_open_incident(a_component("Cards"), at=NOON, title="Card payments fail").announcement
    later = {"incident": first.incident, "by": None, "at": at_quarter_to}
    newest = publishing.post_update(status="mitigating", body="We know more.", **later).announcement
    about = {"body": "Visa was first.", "display_at": NOON + timedelta(minutes=5)}
    mail = mail_to(a_subscriber(), publishing.post_update(status="identified", **about, **later).announcement)
    assert mail.subject == "[Identified] Card payments fail"
    assert mail.text.startswith("At 13:05 CET: Partial outage: Cards.\n\nVisa was first.")
    assert "At 13:05 CET:" in Page(mail.html).words
    assert "Published 21 Nov 2026, 13:45 CET." in mail.text
    assert "takes the place" not in mail.text
    assert "At 13" not in mail_to(a_subscriber(), newest).text
    after = publishing.post_update(status="monitoring", body="It works.", **later).announcement
    assert (
        "our update of 13:45 CET (Mitigating)" in mail_to(a_subscriber(), after).text
    )  # not the last that was written


def test_a_word_after_the_end_is_no_second_end(at_quarter_to):
    opened = an_open_incident(a_component("Cards"), at=NOON, title="Card payments fail").incident
    over = {"incident": opened, "status": "resolved", "by": None}
    publishing.post_update(body="It is over.", at=NOON + timedelta(minutes=9), **over)
    said = publishing.post_update(body="The report is here.", at=at_quarter_to, is_late=True, **over).announcement
    mail = mail_to(a_subscriber(), said)
    assert mail.subject == "[Follow-up] Card payments fail"
    assert mail.text.startswith("This is over. It affected Cards.\n\nThe report is here.")
    assert "takes the place" not in mail.text
