"""The ledger where a channel is not offered: from the beginning, or since its URL was taken away."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone

from incidents.actions import publishing
from subscribers.board.progress import of_incident
from subscribers.delivery import dispatch, fanout, pauses, retrying, unoffered
from subscribers.delivery.failures import Choice
from subscribers.delivery.retrying import Left
from subscribers.enums import Channel, DeliveryCause, NotRetried
from subscribers.models import AffectedCustomer, Confirmation, Delivery, Subscriber
from subscribers.people.importing import Tally, import_subscribers
from subscribers.support import linking
from tests.factories import a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
REAL_SMS = "http://127.0.0.1:1/"  # never spoken to here


@pytest.fixture(autouse=True)
def no_gateway(settings):
    settings.EMAIL_URL, settings.SMS_URL = "smtp://127.0.0.1", "outbox:"


@pytest.fixture
def waiting(settings, sms_sink):
    """An SMS that was listed while there was a gateway, which is gone now."""
    settings.SMS_URL = sms_sink.url
    subscriber = a_subscriber(channel="sms")
    fanout.expand(an_open_incident().announcement)
    settings.SMS_URL = "outbox:"
    return Delivery.objects.get(subscriber=subscriber)


def state_of(row) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.cause


def make_old(row, age=timedelta(hours=25)):
    Delivery.objects.filter(pk=row.pk).update(created_at=timezone.now() - age)


def test_what_is_announced_is_written_down_as_not_sent_and_mail_goes(mailoutbox):
    a_subscriber()
    phone = a_subscriber(channel="sms")
    incident = an_open_incident().incident
    dispatch.dispatch()
    assert len(mailoutbox) == 1
    assert state_of(Delivery.objects.get(subscriber=phone)) == ("skipped", "not_offered")
    (progress,) = of_incident(incident, at=timezone.now())
    assert progress.is_settled
    by_channel = {part.channel: part for part in progress.channels}
    assert by_channel["sms"].skipped == {"not_offered": 1}
    assert (by_channel["sms"].reached, by_channel["email"].reached) == (0, 1)


def test_old_news_does_not_go_out_when_a_gateway_is_set_up_later(sms_sink, settings):
    settings.SMS_URL = "outbox:"
    a_subscriber(channel="sms")
    update = an_open_incident()
    dispatch.dispatch()
    settings.SMS_URL = sms_sink.url
    dispatch.dispatch()
    assert not sms_sink.journal.entries()
    publishing.post_update(
        incident=update.incident, status="monitoring", body="It is mended.", by=None, at=timezone.now()
    )
    dispatch.dispatch()
    assert len(sms_sink.journal) == 1
    assert sms_sink.journal.entries()[0]["id"].startswith("Status: Monitoring")


def test_the_outbox_is_never_called_sent_beside_a_real_relay(waiting, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    dispatch.dispatch()
    assert state_of(waiting) == ("queued", "")
    assert not (tmp_path / "outbox").exists()


def test_what_waits_goes_out_when_the_gateway_is_given_back(waiting, sms_sink, settings):
    dispatch.dispatch()
    assert Delivery.objects.get().attempts == 0
    settings.SMS_URL = sms_sink.url
    dispatch.dispatch()
    assert state_of(waiting) == ("sent", "")
    assert len(sms_sink.journal) == 1


def test_what_has_waited_a_day_for_a_gateway_is_not_sent_any_more(waiting, sms_sink, settings):
    make_old(waiting, timedelta(hours=23))
    assert unoffered.give_up() == 0
    make_old(waiting)
    dispatch.dispatch()
    assert state_of(waiting) == ("skipped", "not_offered")
    settings.SMS_URL = sms_sink.url
    dispatch.dispatch()
    assert not sms_sink.journal.entries()


def test_what_somebody_stopped_waits_for_them_whatever_is_offered(waiting):
    pauses.pause(reason="Wrong words", by=None, at=timezone.now(), channel="sms")
    make_old(waiting)
    assert unoffered.give_up() == 0
    assert state_of(waiting) == ("queued", "")


def test_nobody_waits_for_ever_for_what_a_lost_worker_held(waiting):
    make_old(waiting)
    held = Delivery.objects.filter(pk=waiting.pk)
    held.update(state="sending", lease="gone", visible_at=timezone.now() + timedelta(minutes=3))
    assert unoffered.give_up() == 0
    held.update(visible_at=timezone.now() - timedelta(minutes=1))
    assert unoffered.give_up() == 1
    assert state_of(waiting) == ("unknown", DeliveryCause.LOST)


def test_an_old_mail_is_not_given_up_while_only_sms_is_missing():
    row = Delivery.objects.create(
        announcement=an_open_incident().announcement, subscriber=a_subscriber(), channel="email"
    )
    make_old(row)
    assert unoffered.give_up() == 0
    assert state_of(row) == ("queued", "")


def test_a_confirmation_that_waits_is_held_like_a_notice(sms_sink, settings):
    settings.SMS_URL = "outbox:"
    asked = Confirmation.objects.create(subscriber=a_subscriber(channel="sms", confirmed_at=None))
    row = Delivery.objects.create(confirmation=asked, subscriber=asked.subscriber, channel="sms")
    dispatch.dispatch()
    assert state_of(row) == ("queued", "")
    settings.SMS_URL = sms_sink.url
    dispatch.dispatch()
    assert state_of(row) == ("sent", "")


def test_a_failure_is_not_queued_again_for_a_channel_that_is_gone(waiting, settings):
    Delivery.objects.filter(pk=waiting.pk).update(state="failed", reason="400")
    done = retrying.retry(choice=Choice(), by=None, at=timezone.now())
    assert (done.queued, done.left) == (0, [Left(NotRetried.NOT_OFFERED, 1, Channel.SMS)])
    settings.SMS_URL = REAL_SMS
    done = retrying.retry(choice=Choice(), by=None, at=timezone.now())
    assert (done.queued, done.left) == (1, [])


# --- Support and import ---------------------------------------------------------------------------


def link(incident, contact):
    values = {"name": "Ada Ltd", "contact": contact, "by": None, "at": timezone.now(), "tell_latest": True}
    return linking.link_customer(incident=incident, **values)


def test_a_customer_with_a_phone_is_linked_and_said_to_hear_nothing(settings):
    incident = an_open_incident().incident
    phone, mail = link(incident, "+4915112345678"), link(incident, "ada@example.test")
    assert (phone.linked, phone.silent, phone.told) == (1, 1, 0)
    assert (mail.linked, mail.silent, mail.told) == (1, 0, 1)
    assert linking.lacking_latest(incident) == 0
    standing = AffectedCustomer.objects.with_standing().get(subscriber__channel="sms").standing
    assert standing == "silent"
    settings.SMS_URL = REAL_SMS
    assert linking.lacking_latest(incident) == 1
    assert linking.tell_latest(incident=incident, by=None, at=timezone.now()) == 1


def test_an_import_refuses_the_lines_of_a_channel_that_is_not_offered(settings):
    lines = b"""channel,address,components,confirmed_at,consent
email,ada@example.test,,2026-03-01T09:30:00Z,
sms,+4915112345678,,2026-03-01T09:30:00Z,
"""

    def read() -> tuple[Tally, list]:
        tally, refused = Tally(), []
        doors = {"on_refused": lambda number, reason: refused.append((number, reason))}
        import_subscribers(BytesIO(lines), tally, name="a.csv", by=None, at=timezone.now(), **doors)
        return tally, refused

    tally, refused = read()
    assert (tally.added, tally.refused) == (1, 1)
    assert refused == [(3, "SMS is not offered here: no gateway is set up.")]
    settings.SMS_URL = REAL_SMS
    tally, refused = read()
    assert (tally.added, tally.unchanged, refused) == (1, 1, [])
    assert Subscriber.objects.filter(channel="sms").count() == 1
