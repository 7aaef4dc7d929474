"""The lookup `among`; on SQLite the whole fan-out uses it, in test_on_sqlite.py."""

import pytest

from subscribers.models import Delivery, Subscriber
from tests.factories import a_subscriber

pytestmark = pytest.mark.django_db


def test_among_finds_what_in_finds_whatever_the_number():
    known = {a_subscriber().pk for _ in range(3)}
    for numbers in ((), known, {*range(100_000), *known}):
        found = set(Subscriber.objects.filter(pk__in_ids=numbers).values_list("pk", flat=True))
        assert found == known.intersection(numbers)


def test_it_reads_the_key_of_another_table_without_a_join():
    assert "JOIN" not in str(Delivery.objects.filter(subscriber__pk__in_ids=[1, 2]).query)


def test_only_whole_numbers_come_in():
    with pytest.raises(ValueError, match="invalid literal"):
        Subscriber.objects.filter(pk__in_ids=["1); DROP TABLE"]).exists()
