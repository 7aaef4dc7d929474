"""A subscriber from the form to the last mail, by what stands in the messages alone."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import publishing
from subscribers import links
from subscribers.channels.outbox import files
from subscribers.delivery import drain, fanout
from subscribers.models import Subscriber
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_outbox(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.EMAIL_URL = settings.SMS_URL = "outbox:"
    settings.EMAIL_BACKEND = "subscribers.channels.outbox.files.EmailBackend"  # not the one that the tests swap in


def messages() -> list[files.Kept]:
    """Sends what is due, however many slices that takes; all that was ever sent, the oldest first."""
    while channels := drain.due_channels():
        for channel in channels:
            drain.drain(channel)
    return [files.read(name) for name in reversed(files.names())]


def published(update) -> None:
    fanout.expand(update.announcement)


def link_in(text: str, ending: str) -> str:
    return re.search(rf"http://status\.example\.test(/\S+{ending})", text)[1]


def test_sign_up_confirm_hear_change_and_leave_by_mail(client):
    cards, search = a_component("Cards"), a_component("Search")
    form = {"channel": "email", "email": "Ada@Example.test", "scope": "chosen", "components": [cards.public_id]}
    client.post("/subscribe/", form)
    published(an_open_incident(cards, title="Too early"))
    [asking] = messages()
    assert asking.subject == "Confirm your subscription to Status"

    client.post(link_in(asking.text, "/confirm/"))
    published(an_open_incident(search, title="Not asked for"))
    opened = an_open_incident(cards, title="Cards fail")
    published(opened)
    _, first = messages()
    assert (first.to, first.subject) == ("ada@example.test", "[Investigating] Cards fail")
    assert client.get(link_in(first.text, f"{opened.incident.public_id}/")).status_code == 200

    manage = re.search(r"Change what you get: http://status\.example\.test(\S+)", first.text)[1]
    client.post(manage, {"scope": "everything", "pace": "milestones"})
    later = {"incident": opened.incident, "by": None}
    published(publishing.post_update(**later, status="mitigating", body="Soon.", at=timezone.now()))
    assert len(messages()) == 2
    published(publishing.post_update(**later, status="resolved", body="Over.", at=timezone.now()))
    *_, last = messages()
    assert last.subject == "[Resolved] Cards fail"

    client.post(link_in(last.text, "/unsubscribe/"), {"List-Unsubscribe": "One-Click"})
    published(an_open_incident(cards, title="Not heard any more"))
    assert len(messages()) == 3


def short_link_in(text) -> str:
    return re.findall(r"test(/s/\S+)", text)[-1]


def test_by_sms_the_beginning_and_the_end_are_heard_and_its_short_link_ends_it(client):
    client.post("/subscribe/", {"channel": "sms", "sms": "+49 1511 2345678", "scope": "everything"})
    [asking] = messages()
    client.post(client.get(short_link_in(asking.text))["Location"])
    opened = an_open_incident(title="Cards fail", next_update_at=timezone.now() + timedelta(hours=1))
    published(opened)
    later = {"incident": opened.incident, "by": None}
    for status in ("mitigating", "resolved"):
        published(publishing.post_update(**later, status=status, body="News.", at=timezone.now()))
        messages()
    texts = [message.text for message in messages()]
    assert [text[:20] for text in texts[1:]] == ["Status: Investigatin", "Status: Resolved: Ca"]

    assert "Resolved" in client.get(short_link_in(texts[-1])).text
    sms = Subscriber.objects.get(channel="sms")
    manage = client.get(reverse("subscribers:short", args=[links.subscription_token(sms)]))
    client.post(manage["Location"] + "unsubscribe/")
    published(an_open_incident(title="Not heard any more"))
    assert len(messages()) == 3
