"""Beside the form of an announcement: how many would get it, what they read; and how far it is, once it goes out."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import bulletins
from incidents.models import Message
from subscribers.delivery import dispatch, messages
from subscribers.models import Suppression
from tests.factories import a_bulletin, a_subscriber

pytestmark = pytest.mark.django_db
WORDS = {"title": "We <close>", "body": "Back on **Monday**."}


def preview(lead, **fields):
    return lead.post(reverse("preview:bulletin"), WORDS | fields, headers={"HX-Request": "true"})


def progress(lead, bulletin, **headers):
    return lead.get(reverse("deliveries:bulletin", args=[bulletin.public_id]), headers=headers)


@pytest.fixture
def readers(sms_sink):
    for _ in range(2):
        a_subscriber()
    a_subscriber(channel="sms", everything=False)
    a_subscriber(confirmed_at=None)
    a_subscriber(unsubscribed_at=timezone.now())
    Suppression.objects.create(channel="email", address=a_subscriber().address, reason="550")


def test_it_counts_everyone_who_confirmed_and_may_be_written_to(lead, readers):
    answer = preview(lead, tell="on")
    assert answer.context["total"] == 3
    assert {one.channel: one.number for one in answer.context["hearing"]} == {"email": 2, "sms": 1}
    assert 'data-audience="3"' in answer.text
    assert 'id="tell-number" hx-swap-oob="true">3 subscribers<' in answer.text


def test_before_the_lead_chooses_it_says_how_many_it_would_be(lead, readers):
    answer = preview(lead)
    assert 'data-audience="0"' in answer.text
    assert "Nobody</span> will be told" in answer.text
    assert "2 by e-mail, 1 by SMS would get it" in " ".join(answer.text.split())


def test_it_shows_the_mail_and_the_sms(lead, readers):
    mail, sms = preview(lead, tell="on").context["samples"]
    assert mail.message.subject == "We <close>"
    assert "Back on Monday." in mail.message.text
    assert "We <close>. http://status.example.test/bulletins/" in sms.message.text
    framed = lead.get(reverse("preview:mail"), {"draft": mail.link})
    assert "<strong>Monday</strong>" in framed.text
    assert "sandbox" in framed["Content-Security-Policy"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "fields", [{}, {"title": "a\0b", "body": "\x0b"}, {"body": "[" * 25_000}, {"title": "x" * 999}]
)
def test_it_takes_whatever_is_half_written(lead, fields):
    assert preview(lead, **fields, tell="on").status_code == 200
    assert lead.post(reverse("preview:bulletin"), fields).status_code == 200


def test_the_progress_of_one_that_goes_out_asks_again_and_then_is_done(lead, smtp_sink):
    a_subscriber()
    bulletin = a_bulletin(tell=True)
    assert "Making the list" in progress(lead, bulletin).text
    messages.list_due()
    waiting = progress(lead, bulletin, **{"HX-Request": "true"})
    assert "hx-trigger" in waiting.text
    assert "0 of 1" in waiting.text
    dispatch.dispatch()
    done = progress(lead, bulletin)
    assert "1 of 1" in done.text
    assert "Done" in done.text
    assert "hx-trigger" not in progress(lead, bulletin, **{"HX-Request": "true"}).text


def test_the_progress_says_what_is_ahead_withdrawn_or_no_longer_kept(lead):
    later = a_bulletin(tell=True, from_at=timezone.now() + timedelta(hours=1))
    assert "when its time comes" in progress(lead, later).text
    bulletins.withdraw(bulletin=later, reason="It was wrong.", by=None, at=timezone.now())
    assert "withdrawn before anybody was sent it" in progress(lead, later).text
    Message.objects.all().delete()
    assert "nothing of it is kept" in progress(lead, later).text


def test_one_that_is_not_told_has_no_progress(lead):
    assert progress(lead, a_bulletin()).status_code == 404
