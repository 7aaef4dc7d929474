"""A relay that takes everything and returns it as "user unknown" silences nobody."""

import pytest
from django.utils import timezone

from subscribers.channels.reports import Event, Report
from subscribers.channels.verdicts import Verdict
from subscribers.delivery import reports
from subscribers.enums import DeliveryState
from subscribers.models import Delivery, HeldSuppression, Suppression
from tests.deliveries import announced

pytestmark = pytest.mark.django_db
NOBODY = "550 5.1.1 User unknown"


def sent(number: int, channel="email"):
    addresses = [f"r{index}@example.test" if channel == "email" else f"+49151{index:08}" for index in range(number)]
    announcement = announced(*addresses, channel=channel)
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=timezone.now())
    return announcement


def come_back(number: int, reason: str = NOBODY, verdict: Verdict = Verdict.ADDRESS_DEAD) -> None:
    for pk in Delivery.objects.filter(state=DeliveryState.SENT).order_by("pk").values_list("pk", flat=True)[:number]:
        reports.receive(Report(pk, Event.BOUNCED, reason, verdict=verdict), at=timezone.now())


def silenced() -> tuple[int, int]:
    """Suppressed, and held for a person."""
    return Suppression.objects.count(), HeldSuppression.objects.count()


@pytest.mark.parametrize("number", [3, 10, 40])
def test_where_all_come_back_all_are_held_for_a_person(number):
    sent(number)
    come_back(number)
    assert silenced() == (0, number)
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.BOUNCED}
    assert set(HeldSuppression.objects.values_list("source", "reason")) == {("report", NOBODY)}


def test_where_half_come_back_they_are_held():
    sent(60)
    come_back(29)
    assert silenced() == (29, 0)
    come_back(1)
    assert silenced() == (0, 30)


def test_a_list_of_which_a_third_is_gone_is_cleaned():
    sent(60)
    come_back(20)
    assert silenced() == (20, 0)


@pytest.mark.parametrize("number", [1, 2])
def test_one_or_two_are_believed(number):
    sent(number)
    come_back(number)
    assert silenced() == (number, 0)


def test_half_of_a_few_are_believed():
    sent(10)
    come_back(9)
    assert silenced() == (9, 0)


def test_what_was_suppressed_by_others_or_before_stays():
    values = {"channel": "email", "reason": "550 5.1.1 User unknown"}
    Suppression.objects.create(address="r0@example.test", source="report", **values)
    sent(5)
    Suppression.objects.create(address="r1@example.test", source="reply", **values)
    come_back(5)
    assert set(Suppression.objects.values_list("address", flat=True)) == {"r0@example.test", "r1@example.test"}
    assert HeldSuppression.objects.count() == 3


def test_what_owners_say_is_obeyed_whoever_else_says_it():
    sent(5, channel="sms")
    come_back(5, "the owner answered STOP (21610)", Verdict.OWNER_STOPPED)
    assert silenced() == (5, 0)
