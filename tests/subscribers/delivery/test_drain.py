"""The engine against a real relay and a real gateway."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.enums import Severity
from incidents.models import Announcement
from subscribers.channels.email import transport
from subscribers.delivery import claim_size, drain, fanout, ledger, run
from subscribers.delivery.journal import Mark
from subscribers.enums import DeliveryState
from subscribers.models import Breaker, Delivery, Fanout, Subscriber, Suppression
from subscribers.people import subscribing
from tests.deliveries import announced, states, the_worker_dies, time_passes
from tests.factories import a_component, an_open_incident
from tests.sinks import HANG_UP

pytestmark = pytest.mark.django_db


def test_what_is_due_goes_out_once(smtp_sink):
    announced("a@example.test", "b@example.test")
    assert drain.drain("email") == 2
    assert drain.drain("email") == 0
    entries = smtp_sink.journal.entries()
    assert [entry["to"] for entry in entries] == ["a@example.test", "b@example.test"]
    assert len({entry["id"] for entry in entries}) == 2
    for delivery in Delivery.objects.all():
        assert (delivery.state, delivery.attempts, delivery.lease) == (DeliveryState.SENT, 1, "")
        assert delivery.sent_at
        assert not delivery.possibly_doubled


def test_few_connections_carry_many_mails(smtp_sink, settings):
    settings.EMAIL_CONNECTIONS = 3
    announced(*(f"reader{number}@example.test" for number in range(50)))
    assert drain.drain("email") == 50
    assert smtp_sink.sessions <= 3
    announced(*(f"later{number}@example.test" for number in range(10)))
    drain.drain("email")
    assert smtp_sink.sessions <= 3


def test_a_slice_is_bounded_and_the_most_urgent_goes_first(smtp_sink):
    low = announced("a@example.test", "b@example.test", severity=Severity.P4)
    high = an_open_incident(severity=Severity.P1).announcement
    fanout.expand(high)
    assert drain.drain("email", limit=2) == 2
    assert not low.deliveries.exclude(state=DeliveryState.QUEUED).exists()
    assert not high.deliveries.exclude(state=DeliveryState.SENT).exists()


def test_a_confirmation_goes_before_all_else(smtp_sink):
    announced("a@example.test")
    subscribing.request_subscription(
        channel="email",
        address="new@example.test",
        everything=True,
        components=(),
        every_update=True,
        at=timezone.now(),
    )
    drain.drain("email", limit=1)
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["new@example.test"]


def test_a_claimed_row_is_not_given_out_again_before_its_lease_ends():
    announced("a@example.test")
    first = ledger.claim("email", 10)
    assert len(first) == 1
    assert len(ledger.claim("email", 10)) == 0
    time_passes()
    assert ledger.claim("email", 10).lost == 1
    assert not ledger.held(first.fresh).exists()


@pytest.mark.parametrize(
    ("reply", "suppressed"),
    [
        ("550 5.1.1 No such user", True),
        ("553 5.1.3 That is no address", True),
        ("550 User unknown", True),
        ("554 Transaction failed", False),
        ("552 5.2.2 Mailbox full", False),
    ],
)
def test_a_permanent_refusal_is_one_attempt(smtp_sink, reply, suppressed):
    smtp_sink.on_rcpt.told["bad@example.test"] = [reply]
    announced("bad@example.test", "good@example.test")
    drain.drain("email")
    bad = Delivery.objects.get(subscriber__address="bad@example.test")
    assert (bad.state, bad.attempts, bad.reason) == (DeliveryState.FAILED, 1, reply)
    assert Suppression.objects.filter(address="bad@example.test").exists() == suppressed
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["good@example.test"]


@pytest.mark.parametrize("reply", ["550 5.7.1 Blocked by policy", "550 Relaying denied"])
def test_a_refusal_of_us_waits_and_burns_no_attempt(smtp_sink, reply):
    smtp_sink.on_rcpt.told["bad@example.test"] = [reply, reply, None]
    announced("bad@example.test", "good@example.test")
    drain.drain("email")
    bad = Delivery.objects.get(subscriber__address="bad@example.test")
    assert (bad.state, bad.attempts, bad.refusals, bad.reason) == (DeliveryState.QUEUED, 0, 1, reply)
    assert not Breaker.objects.exists()
    for _ in range(2):
        time_passes()
        drain.drain("email")
    assert states() == [DeliveryState.SENT] * 2


def test_a_greylisted_mail_backs_off_and_arrives(smtp_sink):
    smtp_sink.on_rcpt.told["grey@example.test"] = ["451 4.7.1 Come back later", None]
    announced("grey@example.test")
    assert drain.drain("email") == 1
    assert drain.drain("email") == 0
    assert Delivery.objects.get().reason == "451 4.7.1 Come back later"
    time_passes()
    drain.drain("email")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.reason) == (DeliveryState.SENT, 2, "")
    assert not delivery.possibly_doubled


def test_waits_double_up_to_half_an_hour():
    for attempts, longest in ((1, 30), (2, 60), (3, 120), (12, 1800), (40, 1800)):
        assert timedelta(seconds=longest / 2) <= ledger.wait_after(attempts) <= timedelta(seconds=longest)


def test_a_row_that_never_gets_through_ends_as_failed(smtp_sink):
    smtp_sink.on_rcpt.told["grey@example.test"] = ["451 4.7.1 Come back later"]
    announced("grey@example.test")
    while drain.drain("email"):
        time_passes()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, ledger.MAX_ATTEMPTS)
    assert (delivery.cause, delivery.reason) == ("given_up", "451 4.7.1 Come back later")


def test_a_row_older_than_a_day_is_not_tried_again(smtp_sink):
    smtp_sink.on_rcpt.told["grey@example.test"] = ["451 4.7.1 Come back later"]
    announced("grey@example.test")
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=25))
    drain.drain("email")
    assert states() == [DeliveryState.FAILED]


def test_a_relay_that_is_down_burns_no_attempt(smtp_sink, settings):
    announced("a@example.test", "b@example.test")
    settings.EMAIL_PORT = 1
    assert drain.drain("email") == 0
    assert list(Delivery.objects.values_list("state", "attempts")) == [(DeliveryState.QUEUED, 0)] * 2
    assert drain.due_channels() == []
    settings.EMAIL_PORT = smtp_sink.port
    time_passes()
    assert drain.drain("email") == 2


def test_a_relay_that_does_not_want_us_burns_no_attempt(smtp_sink, settings):
    smtp_sink.on_mail.told[settings.DEFAULT_FROM_EMAIL] = ["550 5.7.1 Log in first"]
    announced("a@example.test")
    assert drain.drain("email") == 0
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 0)


def test_a_relay_that_hangs_up_before_the_mail_costs_a_new_connection_only(smtp_sink):
    smtp_sink.on_rcpt.told["b@example.test"] = [HANG_UP, None]
    announced("a@example.test", "b@example.test", "c@example.test")
    assert drain.drain("email") == 3
    assert states() == [DeliveryState.SENT] * 3
    assert not Delivery.objects.filter(possibly_doubled=True).exists()
    assert len(smtp_sink.journal) == 3


def test_a_mail_at_which_the_relay_always_hangs_up_is_put_off_alone(smtp_sink):
    smtp_sink.on_rcpt.told["b@example.test"] = [HANG_UP]
    announced("a@example.test", "b@example.test", "c@example.test")
    assert drain.drain("email") == 3
    assert states() == [DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.SENT]


def test_a_reply_lost_after_acceptance_is_repeated_as_the_same_message_and_flagged(smtp_sink):
    smtp_sink.on_data.told["b@example.test"] = [HANG_UP, None]
    announced("a@example.test", "b@example.test", "c@example.test")
    assert drain.drain("email") == 3
    time_passes()
    drain.drain("email")
    assert states() == [DeliveryState.SENT] * 3
    copies = [entry["id"] for entry in smtp_sink.journal.entries() if entry["to"] == "b@example.test"]
    assert len(copies) == 2
    assert len(set(copies)) == 1
    flagged = Delivery.objects.filter(possibly_doubled=True)
    assert [delivery.subscriber.address for delivery in flagged] == ["b@example.test"]


def test_a_new_announcement_that_others_have_begun_to_list_does_not_wait_for_the_end_of_a_run(
    smtp_sink, settings, monkeypatch
):
    """All workers may be busy, and one is needed to list the rest."""
    settings.EMAIL_CONNECTIONS = 1
    monkeypatch.setattr(run, "LOOK_EVERY", 0)
    announced(*(f"reader{number}@example.test" for number in range(claim_size.FIRST + 30)))
    claim = ledger.claim

    def claim_and_publish_at_the_second(*args):
        if len(smtp_sink.journal) > 0:
            new = an_open_incident(a_component()).announcement
            Fanout.objects.create(announcement=new, cursor=Subscriber.objects.first().pk)
        return claim(*args)

    monkeypatch.setattr(ledger, "claim", claim_and_publish_at_the_second)
    drain.drain("email")
    left = Delivery.objects.filter(state=DeliveryState.QUEUED, attempts=0).count()
    assert left > 0
    monkeypatch.undo()
    drain.drain("email")
    assert len(smtp_sink.journal) == claim_size.FIRST + 30


@pytest.mark.parametrize("severity", ["P1", "P2"])
def test_an_urgent_sms_of_unknown_outcome_is_repeated_once(sms_sink, severity):
    sms_sink.on_post.told["+4915111111111"] = [HANG_UP]
    announced("+4915111111111", channel="sms", severity=severity)
    drain.drain("sms")
    assert Delivery.objects.get().possibly_doubled
    time_passes()
    drain.drain("sms")
    assert states() == [DeliveryState.UNKNOWN]
    assert len(sms_sink.journal) == 2


def test_a_less_urgent_sms_of_unknown_outcome_waits_for_a_person(sms_sink):
    announced("+4915111111111", channel="sms", severity=Severity.P3)
    the_worker_dies(Mark.BEGUN, channel="sms")
    drain.drain("sms")
    assert states() == [DeliveryState.UNKNOWN]
    assert len(sms_sink.journal) == 0


def test_a_gateway_that_says_when_to_come_back_burns_no_attempt(sms_sink):
    sms_sink.on_post.told["+4915111111111"] = [(429, {"Retry-After": "999999999"}, {}), None]
    announced("+4915111111111", channel="sms")
    drain.drain("sms")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 0)
    assert timedelta(minutes=59) < delivery.visible_at - timezone.now() <= timedelta(hours=1)


def test_a_gateway_that_is_down_burns_no_attempt(sms_sink, settings):
    settings.SMS_URL = "http://user:pass@127.0.0.1:1/send"
    announced(*(f"+491511111{number:04}" for number in range(30)), channel="sms")
    assert drain.drain("sms") == 0
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.QUEUED, 0)}


def test_a_row_that_cannot_be_rendered_does_not_stop_the_slice(smtp_sink):
    broken = announced("a@example.test", components={})
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    Announcement.objects.filter(pk=broken.pk).update(status="no such state")
    assert drain.drain("email") == 2
    assert broken.deliveries.get().state == DeliveryState.QUEUED
    assert "cannot be rendered" in broken.deliveries.get().reason
    assert announcement.deliveries.get().state == DeliveryState.SENT


def test_an_address_that_is_none_fails_at_once_and_alone(smtp_sink):
    announced("bad\r\nBcc: victim@example.test", "good@example.test")
    drain.drain("email")
    assert states() == [DeliveryState.FAILED, DeliveryState.SENT]
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["good@example.test"]


def test_what_a_shift_has_no_time_for_goes_back_untouched(smtp_sink, monkeypatch):
    monkeypatch.setattr(run.SendRun, "is_over", True)
    announced("a@example.test")
    assert drain.drain("email") == 0
    delivery = Delivery.objects.due().get()
    assert (delivery.state, delivery.attempts, delivery.lease) == (DeliveryState.QUEUED, 0, "")


def test_nobody_is_called_before_they_are_due():
    announced("a@example.test")
    assert drain.due_channels() == ["email"]
    assert drain.due_channels(min_overdue=timedelta(seconds=30)) == []


def test_sending_costs_the_same_queries_whatever_the_number(smtp_sink, monkeypatch):
    """But for those that belong to the clock: the looks for what is new, at the breaker and at the fence, and a write
    of what was just taken, which is one for each mail where the relay takes one at a time."""
    monkeypatch.setattr(run, "CHECK_LASTS", 3600)
    announced(*(f"reader{number}@example.test" for number in range(100)))
    with CaptureQueriesContext(connection) as queries:
        drain.drain("email")
    of_the_clock = re.compile(
        r"page_version|SET state = 'sent'|^(RELEASE )?SAVEPOINT|^BEGIN|^COMMIT|_breaker|_fence|current_database"
    )
    others = [query["sql"] for query in queries if not of_the_clock.search(query["sql"])]
    assert len(others) < 60


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_mail_once(smtp_sink):
    announced(*(f"reader{number}@example.test" for number in range(120)))

    def work():
        while drain.drain("email", limit=10):
            pass
        transport.kept.close()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while drain.drain("email"):
        pass
    assert set(states()) == {DeliveryState.SENT}
    assert len(smtp_sink.journal) == 120
