"""Queries put together once, beside what Django answers when it puts them together anew."""

from datetime import timedelta

import pytest
from django.db.models import CharField, DurationField, F, Q
from django.db.models.functions import Now

from statuspage.lib.prepared import Prepared, PreparedUpdate, Slot, ids
from subscribers.models import Subscriber
from tests.factories import a_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def known() -> list[Subscriber]:
    return sorted((a_subscriber() for _ in range(4)), key=lambda subscriber: subscriber.pk)


def test_it_answers_what_the_query_answers_for_each_of_the_values(known):
    mine = Subscriber.objects.filter(pk__in_ids=ids(), address=Slot("address", CharField()))
    prepared = Prepared(mine.values_list("pk", "address", "everything"))
    for one in known:
        expected = [(one.pk, one.address, one.everything)]
        assert prepared.rows(ids=[other.pk for other in known], address=one.address) == expected
        assert prepared.rows(ids=[], address=one.address) == []


def test_a_value_is_never_read_as_a_part_of_the_query(known):
    prepared = Prepared(Subscriber.objects.filter(address=Slot("address", CharField())).values_list("pk"))
    assert prepared.rows(address="' OR '1' = '1") == prepared.rows(address="%s") == []


def test_a_limit_is_kept_in_the_order_that_was_asked_for(known):
    prepared = Prepared(Subscriber.objects.order_by("-pk").values_list("pk"))
    newest = [one.pk for one in reversed(known)]
    assert [pk for (pk,) in prepared.rows(limit=2)] == newest[:2]
    assert prepared.column() == newest


def test_a_time_that_is_named_is_counted_from_the_clock_of_the_database(known):
    since = Slot("wait", DurationField())
    prepared = Prepared(Subscriber.objects.filter(created_at__lte=Now() - since).values_list("pk"))
    assert prepared.column(wait=timedelta(days=1)) == []
    assert len(prepared.column(wait=timedelta(days=-1))) == len(known)


def test_what_matches_nothing_asks_nothing(known, django_assert_num_queries):
    nothing = Subscriber.objects.filter(Q(pk__in=()))
    with django_assert_num_queries(0):
        assert Prepared(nothing.values_list("pk")).rows() == []
        assert PreparedUpdate(nothing, address="gone@example.com").run() == 0


def test_an_update_changes_what_it_names_and_tells_how_many(known):
    prepared = PreparedUpdate(Subscriber.objects.filter(pk__in_ids=ids()), link_version=F("link_version") + Slot("by"))
    before = dict(Subscriber.objects.values_list("pk", "link_version"))
    changed = {known[0].pk, known[2].pk}
    assert prepared.run(ids=changed, by=5) == 2
    after = dict(Subscriber.objects.values_list("pk", "link_version"))
    assert after == {pk: version + 5 * (pk in changed) for pk, version in before.items()}


def test_a_value_that_is_not_named_is_a_fault():
    prepared = Prepared(Subscriber.objects.filter(pk=Slot("pk")).values_list("pk"))
    with pytest.raises(KeyError, match="pk"):
        prepared.rows(id=1)
