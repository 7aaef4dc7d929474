"""The engine against a real relay and a real gateway. Time passes by moving `visible_at` back."""

import os
import re
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.actions import catalogue, publishing, recalling
from incidents.enums import IncidentStatus, Severity
from incidents.models import Announcement
from subscribers.actions import delivering, fanout, ledger, load, shift, stopping, subscribing
from subscribers.actions.handoff import Journal, Mark
from subscribers.channels import Failed, email
from subscribers.enums import DeliveryState, SkipReason
from subscribers.models import Breaker, Delivery, Suppression
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.sinks import HANG_UP

pytestmark = pytest.mark.django_db


def announced(*subscribers, channel="email", severity=Severity.P1, **kwargs) -> Announcement:
    """An announcement with its deliveries, to these addresses."""
    for address in subscribers:
        a_subscriber(address, channel=channel)
    announcement = an_open_incident(a_component(), severity=severity, **kwargs).announcement
    fanout.expand(announcement)
    return announcement


def updated(announcement, status=IncidentStatus.MITIGATING) -> Announcement:
    values = {"incident": announcement.incident, "status": status, "body": "We found the cause."}
    update = publishing.post_update(by=None, at=timezone.now(), **values)
    fanout.expand(update.announcement)
    return update.announcement


def time_passes() -> None:
    Breaker.objects.update(open_until=Now())
    Delivery.objects.waiting().update(visible_at=Now())


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def the_worker_dies(*marks: Mark, channel="email") -> None:
    """As a kill leaves it: claimed, and of each row, in their order, what this machine noted."""
    claim = ledger.claim(channel, 10)
    rows = claim.fresh + claim.suspect
    journal = Journal(claim.token, [row.pk for row in rows])
    for row, mark in zip(rows, marks, strict=False):
        if mark == Mark.BEGUN:
            journal.begun(row.pk)
        elif mark != Mark.NOT_BEGUN:
            journal.ended(row.pk, was_taken=mark == Mark.TAKEN)
    os.close(journal._file)  # the kernel gives the lock back


def the_machine_dies(channel="email") -> None:
    """Claimed, and nobody left who knows how far it got."""
    ledger.claim(channel, 10)


def test_what_is_due_goes_out_once(smtp_sink):
    announced("a@example.test", "b@example.test")
    assert delivering.drain("email") == 2
    assert delivering.drain("email") == 0
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
    assert delivering.drain("email") == 50
    assert smtp_sink.sessions <= 3
    announced(*(f"later{number}@example.test" for number in range(10)))
    delivering.drain("email")
    assert smtp_sink.sessions <= 3


def test_a_slice_is_bounded_and_the_most_urgent_goes_first(smtp_sink):
    low = announced("a@example.test", "b@example.test", severity=Severity.P4)
    high = an_open_incident(severity=Severity.P1).announcement
    fanout.expand(high)
    assert delivering.drain("email", limit=2) == 2
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
    delivering.drain("email", limit=1)
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
        ("550 5.7.1 Blocked by policy", False),
        ("550 Relaying denied", False),
        ("552 5.2.2 Mailbox full", False),
    ],
)
def test_a_permanent_refusal_is_one_attempt(smtp_sink, reply, suppressed):
    smtp_sink.on_rcpt.told["bad@example.test"] = [reply]
    announced("bad@example.test", "good@example.test")
    delivering.drain("email")
    bad = Delivery.objects.get(subscriber__address="bad@example.test")
    assert (bad.state, bad.attempts, bad.reason) == (DeliveryState.FAILED, 1, reply)
    assert Suppression.objects.filter(address="bad@example.test").exists() == suppressed
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["good@example.test"]


def test_a_greylisted_mail_backs_off_and_arrives(smtp_sink):
    smtp_sink.on_rcpt.told["grey@example.test"] = ["451 4.7.1 Come back later", None]
    announced("grey@example.test")
    assert delivering.drain("email") == 1
    assert delivering.drain("email") == 0
    assert Delivery.objects.get().reason == "451 4.7.1 Come back later"
    time_passes()
    delivering.drain("email")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.reason) == (DeliveryState.SENT, 2, "")
    assert not delivery.possibly_doubled


def test_waits_double_up_to_half_an_hour():
    for attempts, longest in ((1, 30), (2, 60), (3, 120), (12, 1800), (40, 1800)):
        assert timedelta(seconds=longest / 2) <= ledger.wait_after(attempts) <= timedelta(seconds=longest)


def test_a_row_that_never_gets_through_ends_as_failed(smtp_sink):
    smtp_sink.on_rcpt.told["grey@example.test"] = ["451 4.7.1 Come back later"]
    announced("grey@example.test")
    while delivering.drain("email"):
        time_passes()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, ledger.MAX_ATTEMPTS)
    assert delivery.reason == "Given up: 451 4.7.1 Come back later"


def test_a_row_older_than_a_day_is_not_tried_again(smtp_sink):
    smtp_sink.on_rcpt.told["grey@example.test"] = ["451 4.7.1 Come back later"]
    announced("grey@example.test")
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=25))
    delivering.drain("email")
    assert states() == [DeliveryState.FAILED]


def test_a_relay_that_is_down_burns_no_attempt(smtp_sink, settings):
    announced("a@example.test", "b@example.test")
    settings.EMAIL_PORT = 1
    assert delivering.drain("email") == 0
    assert list(Delivery.objects.values_list("state", "attempts")) == [(DeliveryState.QUEUED, 0)] * 2
    assert delivering.due_channels() == []
    settings.EMAIL_PORT = smtp_sink.port
    time_passes()
    assert delivering.drain("email") == 2


def test_a_relay_that_does_not_want_us_burns_no_attempt(smtp_sink, settings):
    smtp_sink.on_mail.told[settings.DEFAULT_FROM_EMAIL] = ["550 5.7.1 Log in first"]
    announced("a@example.test")
    assert delivering.drain("email") == 0
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 0)


def test_a_relay_that_hangs_up_before_the_mail_costs_a_new_connection_only(smtp_sink):
    smtp_sink.on_rcpt.told["b@example.test"] = [HANG_UP, None]
    announced("a@example.test", "b@example.test", "c@example.test")
    assert delivering.drain("email") == 3
    assert states() == [DeliveryState.SENT] * 3
    assert not Delivery.objects.filter(possibly_doubled=True).exists()
    assert len(smtp_sink.journal) == 3


def test_a_mail_at_which_the_relay_always_hangs_up_is_put_off_alone(smtp_sink):
    smtp_sink.on_rcpt.told["b@example.test"] = [HANG_UP]
    announced("a@example.test", "b@example.test", "c@example.test")
    assert delivering.drain("email") == 3
    assert states() == [DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.SENT]


def test_a_reply_lost_after_acceptance_is_repeated_as_the_same_message_and_flagged(smtp_sink):
    smtp_sink.on_data.told["b@example.test"] = [HANG_UP, None]
    announced("a@example.test", "b@example.test", "c@example.test")
    assert delivering.drain("email") == 3
    time_passes()
    delivering.drain("email")
    assert states() == [DeliveryState.SENT] * 3
    copies = [entry["id"] for entry in smtp_sink.journal.entries() if entry["to"] == "b@example.test"]
    assert len(copies) == 2
    assert len(set(copies)) == 1
    flagged = Delivery.objects.filter(possibly_doubled=True)
    assert [delivery.subscriber.address for delivery in flagged] == ["b@example.test"]


def test_a_mail_in_flight_when_its_worker_died_goes_again_flagged(smtp_sink):
    announced("a@example.test")
    the_worker_dies(Mark.BEGUN)
    assert delivering.drain("email") == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.possibly_doubled) == (DeliveryState.SENT, 2, True)


def test_what_a_dead_worker_had_handed_over_does_not_go_again(smtp_sink):
    announced(*(f"{name}@example.test" for name in "abcd"))
    the_worker_dies(Mark.TAKEN, Mark.BEGUN, Mark.NOT_BEGUN, Mark.REFUSED)
    delivering.drain("email")
    assert sorted(entry["to"][0] for entry in smtp_sink.journal.entries()) == ["b", "c", "d"]
    assert states() == [DeliveryState.SENT] * 4
    assert [row.possibly_doubled for row in Delivery.objects.order_by("pk")] == [False, True, False, False]


def test_a_mail_claimed_but_not_begun_when_its_worker_died_is_not_flagged(smtp_sink):
    announced("a@example.test")
    the_worker_dies(Mark.NOT_BEGUN)
    delivering.drain("email")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.possibly_doubled) == (DeliveryState.SENT, 1, False)


def test_what_a_dead_worker_left_is_found_though_nothing_else_is_due(smtp_sink):
    announced("a@example.test")
    the_worker_dies(Mark.NOT_BEGUN)
    assert delivering.due_channels() == ["email"]
    assert states() == [DeliveryState.QUEUED]


def test_a_claim_that_cannot_be_noted_is_none(smtp_sink, monkeypatch):
    """A full disk, or a kill between the two: nothing was begun, and nobody shall doubt it."""
    announced("a@example.test")

    def no_space(*args):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(load, "Journal", no_space)
        delivering.drain("email")
    assert states() == [DeliveryState.QUEUED]
    assert delivering.drain("email") == 1
    assert not Delivery.objects.get().possibly_doubled


def test_what_a_lost_machine_was_sending_goes_again_flagged_when_its_lease_is_over(smtp_sink):
    announced("a@example.test")
    the_machine_dies()
    assert delivering.drain("email") == 0
    time_passes()
    assert delivering.drain("email") == 2  # found, flagged, due again at once
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.possibly_doubled) == (DeliveryState.SENT, 2, True)


def test_an_outage_of_the_database_longer_than_a_lease_doubles_nothing_here(smtp_sink):
    """Its worker lives, and could not yet write down what it knows; another finds the row due."""
    announced("a@example.test")
    claim = ledger.claim("email", 10)
    journal = Journal(claim.token, [row.pk for row in claim.fresh])
    journal.ended(claim.fresh[0].pk, was_taken=True)
    time_passes()
    assert delivering.drain("email") == 1
    assert states() == [DeliveryState.SENT]
    assert len(smtp_sink.journal) == 0
    journal.close()


def test_what_is_in_flight_when_the_database_goes_is_known_here_when_it_is_back(smtp_sink, monkeypatch):
    announced(*(f"reader{number}@example.test" for number in range(30)))
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(ledger, "settle_sent", the_database_is_gone)
        delivering.drain("email")
    assert len(smtp_sink.journal) > 0
    assert DeliveryState.SENT not in states()
    delivering.drain("email")
    assert states() == [DeliveryState.SENT] * 30
    assert len(smtp_sink.journal) == 30
    assert not Delivery.objects.filter(possibly_doubled=True).exists()


def the_database_is_gone(*args, **kwargs):
    raise OperationalError("gone")


def test_a_new_announcement_does_not_wait_for_the_end_of_a_shift(smtp_sink, settings, monkeypatch):
    """Whoever hears it has to be listed first, and all workers may be busy."""
    settings.EMAIL_CONNECTIONS = 1
    monkeypatch.setattr(shift, "LOOK_EVERY", 0)
    announced(*(f"reader{number}@example.test" for number in range(shift.CLAIM_FIRST + 30)))
    claim = ledger.claim

    def claim_and_publish_at_the_second(*args):
        if len(smtp_sink.journal) > 0:
            an_open_incident(a_component())
        return claim(*args)

    monkeypatch.setattr(ledger, "claim", claim_and_publish_at_the_second)
    delivering.drain("email")
    left = Delivery.objects.filter(state=DeliveryState.QUEUED, attempts=0).count()
    assert left > 0
    monkeypatch.undo()
    delivering.drain("email")
    assert len(smtp_sink.journal) == shift.CLAIM_FIRST + 30


def test_a_row_that_brings_every_worker_down_ends_as_failed(smtp_sink):
    announced("a@example.test")
    for _ in range(30):
        the_worker_dies(Mark.BEGUN)
        ledger.recover()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, ledger.MAX_ATTEMPTS)


def test_a_row_in_doubt_goes_alone_and_last():
    announced(*(f"reader{number}@example.test" for number in range(3)))
    doubtful = Delivery.objects.first()
    Delivery.objects.filter(pk=doubtful.pk).update(possibly_doubled=True)
    claim = ledger.claim("email", 10)
    assert [row.pk for row in claim.suspect] == [doubtful.pk]
    assert len(claim.fresh) == 2


@pytest.mark.parametrize("severity", ["P1", "P2"])
def test_an_urgent_sms_of_unknown_outcome_is_repeated_once(sms_sink, severity):
    sms_sink.on_post.told["+4915111111111"] = [HANG_UP]
    announced("+4915111111111", channel="sms", severity=severity)
    delivering.drain("sms")
    assert Delivery.objects.get().possibly_doubled
    time_passes()
    delivering.drain("sms")
    assert states() == [DeliveryState.UNKNOWN]
    assert len(sms_sink.journal) == 2


def test_a_less_urgent_sms_of_unknown_outcome_waits_for_a_person(sms_sink):
    announced("+4915111111111", channel="sms", severity=Severity.P3)
    the_worker_dies(Mark.BEGUN, channel="sms")
    delivering.drain("sms")
    assert states() == [DeliveryState.UNKNOWN]
    assert len(sms_sink.journal) == 0


def test_a_gateway_that_says_when_to_come_back_burns_no_attempt(sms_sink):
    sms_sink.on_post.told["+4915111111111"] = [(429, {"Retry-After": "999999999"}, {}), None]
    announced("+4915111111111", channel="sms")
    delivering.drain("sms")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 0)
    assert timedelta(minutes=59) < delivery.visible_at - timezone.now() <= timedelta(hours=1)


def test_a_gateway_that_is_down_burns_no_attempt(sms_sink, settings):
    settings.SMS_URL = "http://user:pass@127.0.0.1:1/send"
    announced(*(f"+491511111{number:04}" for number in range(30)), channel="sms")
    assert delivering.drain("sms") == 0
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.QUEUED, 0)}


def test_a_row_that_cannot_be_rendered_does_not_stop_the_slice(smtp_sink):
    broken = announced("a@example.test", components={})
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    Announcement.objects.filter(pk=broken.pk).update(status="no such state")
    assert delivering.drain("email") == 2
    assert broken.deliveries.get().state == DeliveryState.QUEUED
    assert "cannot be rendered" in broken.deliveries.get().reason
    assert announcement.deliveries.get().state == DeliveryState.SENT


def test_an_address_that_is_none_fails_at_once_and_alone(smtp_sink):
    announced("bad\r\nBcc: victim@example.test", "good@example.test")
    delivering.drain("email")
    assert states() == [DeliveryState.FAILED, DeliveryState.SENT]
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["good@example.test"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda subscriber: subscribing.unsubscribe(subscriber=subscriber, at=timezone.now()), "unsubscribed"),
        (
            lambda subscriber: Suppression.objects.create(channel="email", address=subscriber.address, reason="STOP"),
            "suppressed",
        ),
    ],
)
def test_whoever_must_not_be_written_to_any_more_is_skipped(smtp_sink, change, reason):
    announcement = announced("a@example.test", "b@example.test")
    change(announcement.deliveries.get(subscriber__address="a@example.test").subscriber)
    assert delivering.drain("email") == 2
    skipped = Delivery.objects.get(subscriber__address="a@example.test")
    assert (skipped.state, skipped.reason, skipped.attempts) == (DeliveryState.SKIPPED, reason, 0)
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["b@example.test"]


def test_nothing_more_goes_out_about_an_incident_that_was_hidden(smtp_sink):
    announcement = announced("a@example.test")
    subscribing.request_subscription(
        channel="email",
        address="b@example.test",
        everything=True,
        components=[],
        every_update=True,
        at=timezone.now(),
    )
    catalogue.set_visibility(incident=announcement.incident, is_public=False, by=None, at=timezone.now())
    delivering.drain("email")
    delivery = announcement.deliveries.get()
    assert (delivery.state, delivery.reason, delivery.attempts) == (DeliveryState.SKIPPED, SkipReason.RECALLED, 0)
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["b@example.test"]


def test_what_was_recalled_is_not_sent_any_more(smtp_sink):
    recalled, other = announced("a@example.test"), an_open_incident().announcement
    fanout.expand(other)
    recalling.recall(announcement=recalled, reason="The wrong component.", by=None, at=timezone.now())
    delivering.drain("email")
    delivery = recalled.deliveries.get()
    assert (delivery.state, delivery.reason, delivery.attempts) == (DeliveryState.SKIPPED, SkipReason.RECALLED, 0)
    assert other.deliveries.get().state == DeliveryState.SENT


@pytest.mark.parametrize("channel", ["", "email"])
def test_what_is_stopped_waits_whole_and_goes_when_it_is_released(smtp_sink, channel):
    announced("a@example.test")
    stop = stopping.stop(reason="Wrong sender", by=None, at=timezone.now(), channel=channel)
    assert delivering.due_channels() == []
    assert delivering.drain("email") == 0
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == (DeliveryState.QUEUED, 0)
    stopping.release(stop=stop, by=None, at=timezone.now())
    assert delivering.drain("email") == 1
    assert states() == [DeliveryState.SENT]


def test_a_stop_of_one_announcement_holds_up_no_other(smtp_sink):
    held = announced("a@example.test")
    other = an_open_incident().announcement
    fanout.expand(other)
    stopping.stop(reason="Is it true?", by=None, at=timezone.now(), announcement=held)
    assert delivering.drain("email") == 1
    assert (held.deliveries.get().state, other.deliveries.get().state) == (DeliveryState.QUEUED, DeliveryState.SENT)


def test_a_stop_and_a_recall_in_the_middle_of_a_shift_act_at_once(smtp_sink, settings, monkeypatch):
    """What a lead does while it goes out: here between the claim and the first hand-over."""
    settings.EMAIL_CONNECTIONS = 1
    recalled, stopped = announced("a@example.test"), an_open_incident(severity=Severity.P2).announcement
    fanout.expand(stopped)
    claim = ledger.claim

    def claim_then_change_the_mind(*args):
        claimed = claim(*args)
        if len(claimed) == 2:
            recalling.recall(announcement=recalled, reason="Wrong", by=None, at=timezone.now())
            stopping.stop(reason="Wait", by=None, at=timezone.now(), announcement=stopped)
        return claimed

    monkeypatch.setattr(ledger, "claim", claim_then_change_the_mind)
    delivering.drain("email")
    assert len(smtp_sink.journal) == 0
    assert (recalled.deliveries.get().state, stopped.deliveries.get().state) == ("skipped", "queued")
    assert stopped.deliveries.get().attempts == 0


@pytest.mark.django_db(transaction=True)  # in one transaction all rows would be due at the same moment
def test_a_correction_goes_first_to_those_who_got_the_wrong_words(smtp_sink):
    wrong = announced("a@example.test", "b@example.test", "c@example.test")
    wrong.deliveries.filter(subscriber__address="c@example.test").update(state=DeliveryState.SENT)
    recalling.recall(announcement=wrong, reason="Wrong", by=None, at=timezone.now())
    values = {"incident": wrong.incident, "status": IncidentStatus.INVESTIGATING, "body": "It is Search, not payments."}
    fanout.expand(publishing.post_update(by=None, at=timezone.now(), corrects=wrong, **values).announcement)
    delivering.drain("email", limit=3)  # two that are recalled, and then
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["c@example.test"]


def test_a_newer_update_replaces_what_was_not_sent_yet(smtp_sink):
    older = announced("a@example.test")
    newer = updated(older)
    delivering.drain("email")
    assert (older.deliveries.get().state, older.deliveries.get().reason) == ("skipped", SkipReason.SUPERSEDED)
    assert newer.deliveries.get().state == DeliveryState.SENT
    assert len(smtp_sink.journal) == 1


def test_an_update_that_a_subscriber_does_not_hear_replaces_nothing_for_them(smtp_sink):
    a_subscriber("brief@example.test", every_update=False)
    first = announced()
    updated(first)
    delivering.drain("email")
    assert first.deliveries.get().state == DeliveryState.SENT
    last = updated(first, IncidentStatus.RESOLVED)
    delivering.drain("email")
    assert last.deliveries.get().state == DeliveryState.SENT


def test_a_newer_update_that_failed_replaces_nothing(smtp_sink):
    older = announced("a@example.test")
    newer = updated(older)
    newer.deliveries.update(state=DeliveryState.FAILED)
    delivering.drain("email")
    assert older.deliveries.get().state == DeliveryState.SENT


def test_the_next_update_of_another_incident_replaces_nothing(smtp_sink):
    first = announced("a@example.test")
    second = an_open_incident().announcement
    fanout.expand(second)
    delivering.drain("email")
    assert {first.deliveries.get().state, second.deliveries.get().state} == {DeliveryState.SENT}


def test_a_worker_whose_lease_ran_out_leaves_the_row_to_the_next():
    announced("a@example.test")
    (row,) = ledger.claim("email", 10).fresh
    time_passes()
    ledger.claim("email", 10)
    assert not ledger.settle(row, Failed(row.pk, "too late", permanent=True))
    assert states() == [DeliveryState.QUEUED]


def test_what_a_shift_has_no_time_for_goes_back_untouched(smtp_sink, monkeypatch):
    monkeypatch.setattr(shift.Shift, "is_over", True)
    announced("a@example.test")
    assert delivering.drain("email") == 0
    delivery = Delivery.objects.due().get()
    assert (delivery.state, delivery.attempts, delivery.lease) == (DeliveryState.QUEUED, 0, "")


def test_nobody_is_called_before_they_are_due():
    announced("a@example.test")
    assert delivering.due_channels() == ["email"]
    assert delivering.due_channels(patience=timedelta(seconds=30)) == []


def test_sending_costs_the_same_queries_whatever_the_number(smtp_sink, monkeypatch):
    """But for those that belong to the clock: the looks for what is new, and a write of what was just taken, which is
    one for each mail where the relay takes one at a time."""
    monkeypatch.setattr(shift, "CHECK_LASTS", 3600)
    announced(*(f"reader{number}@example.test" for number in range(100)))
    with CaptureQueriesContext(connection) as queries:
        delivering.drain("email")
    of_the_clock = re.compile(r"page_version|SET state = 'sent'|^(RELEASE )?SAVEPOINT|^BEGIN|^COMMIT")
    others = [query["sql"] for query in queries if not of_the_clock.search(query["sql"])]
    assert len(others) < 60


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_mail_once(smtp_sink):
    announced(*(f"reader{number}@example.test" for number in range(120)))

    def work():
        while delivering.drain("email", limit=10):
            pass
        email.kept.close()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while delivering.drain("email"):
        pass
    assert set(states()) == {DeliveryState.SENT}
    assert len(smtp_sink.journal) == 120
