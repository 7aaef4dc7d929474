"""The check at send time, against a real relay: what must not go out any more, because of what happened since."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import catalogue, merging, publishing, recalling, scheduling
from incidents.enums import Act, IncidentStatus, Severity
from subscribers.delivery import drain, fanout, ledger, pauses
from subscribers.enums import DeliveryCause, DeliveryState
from subscribers.models import Delivery, Suppression
from subscribers.people import subscribing
from tests.deliveries import announced, states, updated
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.planned import a_window

pytestmark = pytest.mark.django_db


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
    assert drain.drain("email") == 2
    skipped = Delivery.objects.get(subscriber__address="a@example.test")
    assert (skipped.state, skipped.cause, skipped.attempts) == (DeliveryState.SKIPPED, reason, 0)
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
    drain.drain("email")
    delivery = announcement.deliveries.get()
    assert (delivery.state, delivery.cause, delivery.attempts) == (DeliveryState.SKIPPED, DeliveryCause.RECALLED, 0)
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["b@example.test"]


def test_what_was_recalled_is_not_sent_any_more(smtp_sink):
    recalled, other = announced("a@example.test"), an_open_incident().announcement
    fanout.expand(other)
    recalling.recall(announcement=recalled, reason="The wrong component.", by=None, at=timezone.now())
    drain.drain("email")
    delivery = recalled.deliveries.get()
    assert (delivery.state, delivery.cause, delivery.attempts) == (DeliveryState.SKIPPED, DeliveryCause.RECALLED, 0)
    assert other.deliveries.get().state == DeliveryState.SENT


@pytest.mark.parametrize("channel", ["", "email"])
def test_what_is_stopped_waits_whole_and_goes_when_it_is_released(smtp_sink, channel):
    announced("a@example.test")
    pause = pauses.pause(reason="Wrong sender", by=None, at=timezone.now(), channel=channel)
    assert drain.due_channels() == []
    assert drain.drain("email") == 0
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == (DeliveryState.QUEUED, 0)
    pauses.release(pause=pause, by=None, at=timezone.now())
    assert drain.drain("email") == 1
    assert states() == [DeliveryState.SENT]


def test_a_stop_of_one_announcement_holds_up_no_other(smtp_sink):
    held = announced("a@example.test")
    other = an_open_incident().announcement
    fanout.expand(other)
    pauses.pause(reason="Is it true?", by=None, at=timezone.now(), announcement=held)
    assert drain.drain("email") == 1
    assert (held.deliveries.get().state, other.deliveries.get().state) == (DeliveryState.QUEUED, DeliveryState.SENT)


def test_a_stop_and_a_recall_in_the_middle_of_a_shift_act_at_once(smtp_sink, settings, monkeypatch):
    """What a lead does while it goes out: here between the claim and the first hand-over."""
    settings.EMAIL_CONNECTIONS = 1
    recalled, paused = announced("a@example.test"), an_open_incident(severity=Severity.P2).announcement
    fanout.expand(paused)
    claim = ledger.claim

    def claim_then_change_the_mind(*args):
        claimed = claim(*args)
        if len(claimed) == 2:
            recalling.recall(announcement=recalled, reason="Wrong", by=None, at=timezone.now())
            pauses.pause(reason="Wait", by=None, at=timezone.now(), announcement=paused)
        return claimed

    monkeypatch.setattr(ledger, "claim", claim_then_change_the_mind)
    drain.drain("email")
    assert len(smtp_sink.journal) == 0
    assert (recalled.deliveries.get().state, paused.deliveries.get().state) == ("skipped", "queued")
    assert paused.deliveries.get().attempts == 0


@pytest.mark.django_db(transaction=True)  # in one transaction all rows would be due at the same moment
def test_a_correction_goes_first_to_those_who_got_the_wrong_words(smtp_sink):
    wrong = announced("a@example.test", "b@example.test", "c@example.test")
    wrong.deliveries.filter(subscriber__address="c@example.test").update(state=DeliveryState.SENT)
    recalling.recall(announcement=wrong, reason="Wrong", by=None, at=timezone.now())
    values = {"incident": wrong.incident, "status": IncidentStatus.INVESTIGATING, "body": "It is Search, not payments."}
    fanout.expand(publishing.post_update(by=None, at=timezone.now(), corrects=wrong, **values).announcement)
    drain.drain("email", limit=3)  # two that are recalled, and then
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["c@example.test"]


def test_a_newer_update_replaces_what_was_not_sent_yet(smtp_sink):
    older = announced("a@example.test")
    newer = updated(older)
    drain.drain("email")
    assert (older.deliveries.get().state, older.deliveries.get().cause) == ("skipped", DeliveryCause.SUPERSEDED)
    assert newer.deliveries.get().state == DeliveryState.SENT
    assert len(smtp_sink.journal) == 1


def test_an_update_that_a_subscriber_does_not_hear_replaces_nothing_for_them(smtp_sink):
    a_subscriber("brief@example.test", every_update=False)
    first = announced()
    updated(first)
    drain.drain("email")
    assert first.deliveries.get().state == DeliveryState.SENT
    last = updated(first, IncidentStatus.RESOLVED)
    drain.drain("email")
    assert last.deliveries.get().state == DeliveryState.SENT


def opened(**kwargs):
    announcement = an_open_incident(a_component(), **kwargs).announcement
    fanout.expand(announcement)
    return announcement


def merged(older, into):
    about = {"incident": older.incident, "into": into.incident, "body": "Both are one."}
    announcement = merging.merge(**about, by=None, at=timezone.now()).announcement
    fanout.expand(announcement)
    return announcement


def test_a_merge_replaces_what_was_not_sent_yet_of_either_and_is_read_once(smtp_sink):
    older = announced("a@example.test")
    into = opened()
    merge = merged(older, into)
    drain.drain("email")
    assert [one.deliveries.get().cause for one in (older, into)] == [DeliveryCause.SUPERSEDED] * 2
    assert merge.deliveries.get().state == DeliveryState.SENT
    assert len(smtp_sink.journal) == 1


def test_who_hears_the_beginnings_and_the_ends_alone_hears_both_beginnings_of_what_is_one_now(smtp_sink):
    a_subscriber("brief@example.test", every_update=False)
    into, older = opened(), opened()
    merge = merged(older, into)
    drain.drain("email")
    assert [one.deliveries.get().state for one in (into, older)] == [DeliveryState.SENT] * 2
    assert not merge.deliveries.exists()


def test_a_merge_is_heard_by_whoever_chose_a_component_of_either(smtp_sink):
    older, into = opened(), opened()
    for one in (older, into):
        reader = a_subscriber(everything=False)
        reader.subscriptions.create(component=one.incident.components.get())
    assert merged(older, into).deliveries.count() == 2


def test_what_was_said_of_a_third_meanwhile_replaces_nothing(smtp_sink):
    a_subscriber("a@example.test")
    into = opened()
    third = opened()
    older = opened()
    merged(older, into)
    drain.drain("email")
    assert third.deliveries.get().state == DeliveryState.SENT


def test_a_newer_update_that_failed_replaces_nothing(smtp_sink):
    older = announced("a@example.test")
    newer = updated(older)
    newer.deliveries.update(state=DeliveryState.FAILED)
    drain.drain("email")
    assert older.deliveries.get().state == DeliveryState.SENT


def test_the_next_update_of_another_incident_replaces_nothing(smtp_sink):
    first = announced("a@example.test")
    second = an_open_incident().announcement
    fanout.expand(second)
    drain.drain("email")
    assert {first.deliveries.get().state, second.deliveries.get().state} == {DeliveryState.SENT}


def said(older, **kwargs):
    """Another announcement of the same incident, expanded."""
    values = {"incident": older.incident, "status": older.incident.status, "body": "Words.", "by": None}
    update = publishing.post_update(**values | {"at": timezone.now()} | kwargs)
    fanout.expand(update.announcement)
    return update.announcement


def test_an_update_about_an_earlier_time_replaces_no_news_of_a_later_one(smtp_sink):
    began = timezone.now() - timedelta(hours=1)
    first = announced("a@example.test", at=began)
    newest = said(first, status=IncidentStatus.MITIGATING)
    earlier = said(first, status=IncidentStatus.IDENTIFIED, display_at=began + timedelta(minutes=20))
    drain.drain("email")
    assert [one.deliveries.get().state for one in (first, newest, earlier)] == ["skipped", "sent", "sent"]


def test_an_update_about_an_earlier_time_is_replaced_by_what_is_written_after_it(smtp_sink):
    began = timezone.now() - timedelta(hours=1)
    first = announced("a@example.test", at=began)
    earlier = said(first, status=IncidentStatus.IDENTIFIED, display_at=began + timedelta(minutes=20))
    after = said(first, status=IncidentStatus.MITIGATING)
    drain.drain("email")
    assert earlier.deliveries.get().cause == DeliveryCause.SUPERSEDED
    assert after.deliveries.get().state == DeliveryState.SENT


def test_a_word_after_the_end_does_not_replace_the_end_and_is_not_replaced(smtp_sink):
    a_subscriber("brief@example.test", every_update=False)
    first = announced("a@example.test")
    over = updated(first, IncidentStatus.RESOLVED)
    reports = [said(over, status="resolved", is_late=True) for _ in range(2)]
    drain.drain("email")
    assert list(over.deliveries.values_list("state", flat=True).distinct()) == [DeliveryState.SENT]
    for report in reports:
        delivery = report.deliveries.get()  # none for who hears only of the beginning and the end
        assert (delivery.subscriber.address, delivery.state) == ("a@example.test", DeliveryState.SENT)


def test_a_word_after_the_end_that_corrects_the_end_replaces_it(smtp_sink):
    over = updated(announced("a@example.test"), IncidentStatus.RESOLVED)
    right = said(over, status="resolved", is_late=True, corrects=over)
    drain.drain("email")
    assert over.deliveries.get().cause == DeliveryCause.SUPERSEDED
    assert right.deliveries.get().state == DeliveryState.SENT
    assert len(smtp_sink.journal) == 1


def test_whoever_hears_only_of_milestones_gets_a_reopening_and_a_move_that_waited(smtp_sink):
    reader = a_subscriber("a@example.test", every_update=False)
    incident = announced().incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=timezone.now())
    again = publishing.post_update(
        incident=incident, status="investigating", body="Back.", act=Act.REOPEN, by=None, at=timezone.now()
    )
    planned = a_window(a_component(), begins=timedelta(days=9), lasts=timedelta(hours=1))
    window = tuple(moment + timedelta(days=1) for moment in planned.window)
    moved = scheduling.act_on(maintenance=planned, act=Act.MOVE, window=window, by=None, at=timezone.now())
    for update in (again, moved):
        fanout.expand(update.announcement)
    drain.drain("email")
    rows = reader.deliveries.filter(announcement__in=[again.announcement, moved.announcement])
    assert list(rows.values_list("state", flat=True)) == [DeliveryState.SENT] * 2
