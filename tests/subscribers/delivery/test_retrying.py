from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import recalling
from incidents.models import AuditEvent
from subscribers.delivery import fanout, retrying
from subscribers.delivery.failures import CONFIRMATIONS, Choice
from subscribers.delivery.retrying import Left
from subscribers.enums import DeliveryState, NotRetried
from subscribers.models import Delivery
from subscribers.people import subscribing
from subscribers.signals import deliveries_due
from tests.factories import a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed():
    """One row of each final failure, and one that was sent."""
    for _ in range(4):
        a_subscriber()
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    states = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.UNKNOWN, DeliveryState.SENT)
    for pk, state in zip(Delivery.objects.order_by("pk").values_list("pk", flat=True), states, strict=True):
        Delivery.objects.filter(pk=pk).update(
            state=state, cause="given_up", reason=f"Why {state}", attempts=12, sent_at=timezone.now()
        )
    return announcement


def retry(by=None, **choice):
    return retrying.retry(choice=Choice(**choice), by=by, at=timezone.now())


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_failures_go_back_into_the_queue_as_if_never_tried(failed):
    assert retry() == retrying.Retried(queued=3, left=[])
    assert states() == [DeliveryState.QUEUED] * 3 + [DeliveryState.SENT]
    for row in Delivery.objects.filter(state=DeliveryState.QUEUED):
        assert (row.attempts, row.cause, row.reason, row.lease, row.sent_at) == (0, "", "", "", None)
    assert Delivery.objects.due().count() == 3


def test_what_may_have_arrived_is_flagged(failed):
    retry()
    assert list(Delivery.objects.order_by("pk").values_list("possibly_doubled", flat=True)) == [
        False,
        True,
        True,
        False,
    ]


def test_only_what_was_chosen_is_retried(failed):
    retry(state=DeliveryState.BOUNCED)
    assert states() == [DeliveryState.FAILED, DeliveryState.QUEUED, DeliveryState.UNKNOWN, DeliveryState.SENT]
    retry(reason="Why failed")
    assert states()[0] == DeliveryState.QUEUED
    assert retry(announcement="000000000000").queued == 0
    assert retry(channel="sms").queued == 0


def test_a_recalled_announcement_is_not_retried(failed):
    recalling.recall(announcement=failed, reason="Wrong.", by=None, at=timezone.now())
    assert retry() == retrying.Retried(queued=0, left=[Left(NotRetried.RECALLED, 3)])
    assert not AuditEvent.objects.filter(action="retried deliveries").exists()


def test_news_of_yesterday_is_not_retried(failed):
    old = Delivery.objects.get(state=DeliveryState.FAILED)
    Delivery.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=25))
    assert retry() == retrying.Retried(queued=2, left=[Left(NotRetried.OLD, 1)])


def test_a_retry_is_audited_and_calls_the_workers(failed):
    called = []
    deliveries_due.connect(hear := lambda channel, **kwargs: called.append(channel))
    try:
        retry(by=a_user("ops"), channel="email")
    finally:
        deliveries_due.disconnect(hear)
    event = AuditEvent.objects.get(action="retried deliveries")
    assert (event.by_name, event.subject_id) == ("ops", failed.incident.public_id)
    assert event.detail == {"announcement": failed.public_id, "deliveries": 3, "chosen": {"channel": "email"}}
    assert called == ["email"]


def test_a_confirmation_can_be_retried_too():
    choice = {"everything": True, "components": (), "every_update": True}
    subscribing.request_subscription(channel="email", address="new@example.test", at=timezone.now(), **choice)
    Delivery.objects.update(state=DeliveryState.FAILED)
    assert retry(announcement=CONFIRMATIONS).queued == 1
    assert AuditEvent.objects.get().action == "retried confirmations"
