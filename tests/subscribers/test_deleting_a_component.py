"""A component that somebody wants to hear of is not deleted under them."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from incidents.actions import catalogue
from incidents.models import Component
from subscribers.models import Subscription
from tests.factories import a_component, a_subscriber

pytestmark = pytest.mark.django_db


def delete(component) -> None:
    catalogue.delete_entry(entry=component, by=None, at=timezone.now())


def a_reader_of(*components, **fields):
    subscriber = a_subscriber(everything=False, **fields)
    Subscription.objects.bulk_create(Subscription(subscriber=subscriber, component=one) for one in components)


@pytest.mark.parametrize(("readers", "words"), [(1, "1 person waits"), (3, "3 people wait")])
def test_a_component_stays_while_somebody_wants_to_hear_of_it(readers, words):
    wanted, other = a_component(), a_component()
    for _ in range(readers):
        a_reader_of(wanted, other)
    with pytest.raises(ValidationError, match=f"{words} for news of it. Make it private instead."):
        delete(wanted)
    assert Component.objects.count() == 2
    assert Subscription.objects.count() == 2 * readers


def test_a_component_goes_that_nobody_asked_for():
    component = a_component()
    a_subscriber()
    a_reader_of(component, unsubscribed_at=timezone.now())
    delete(component)
    assert not Component.objects.exists()
