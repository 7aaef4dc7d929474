"""A relay that forgot whom it knows silences nobody; an old list is cleaned."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from subscribers.channels import Failed
from subscribers.channels.verdicts import Verdict
from subscribers.delivery import breakers, drain, ledger
from subscribers.delivery.refusals import in_a_row
from subscribers.enums import DeliveryState
from subscribers.models import Breaker, Delivery, HeldSuppression, Refusal, Subscriber, Suppression
from subscribers.people import subscribing
from tests.deliveries import announced, time_passes
from tests.subscribers.delivery.refusals.test_in_a_row import (
    claimed,
    everything_goes,
    number_of,
    phones,
    readers,
    refused,
)

pytestmark = pytest.mark.django_db
NOBODY = "550 5.1.1 User unknown"


def it_knows_nobody_of(smtp_sink, addresses) -> None:
    smtp_sink.on_rcpt.told = {address: [NOBODY] for address in addresses}


def imported(*addresses: str):
    """Of whom nobody knows whether they ever had mail."""
    announcement = announced(*addresses)
    Subscriber.objects.filter(address__in=addresses).update(consent="the old page")
    return announcement


def suppressed() -> set[str]:
    return set(Suppression.objects.values_list("address", flat=True))


# --- The relay broke ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [3, 40, 300])
def test_of_readers_who_are_all_unknown_at_once_nobody_is_silenced(smtp_sink, number):
    it_knows_nobody_of(smtp_sink, readers(number))
    announced(*readers(number))
    drain.drain("email")
    for _ in range(2):
        time_passes()
        drain.drain("email")
    assert sum(smtp_sink.on_rcpt.asked.values()) <= number + 2 * breakers.PROBE
    breaker = Breaker.objects.get()
    assert breaker.what_is_wrong == "E-mail is refused by the relay"
    assert breaker.reason == f"It says of one after the other that nobody is there, so nobody was suppressed: {NOBODY}"
    assert number_of(DeliveryState.QUEUED) == number
    assert not suppressed()
    smtp_sink.on_rcpt.told = {}
    everything_goes()
    assert Counter(entry["to"] for entry in smtp_sink.journal.entries()) == Counter(readers(number))
    assert not suppressed()
    assert not HeldSuppression.objects.exists()


def test_a_relay_that_breaks_in_the_middle_silences_nobody(smtp_sink, settings):
    settings.EMAIL_CONNECTIONS = 1
    it_knows_nobody_of(smtp_sink, readers(100)[50:])
    announced(*readers(100))
    drain.drain("email")
    assert Breaker.objects.exists()
    assert number_of(DeliveryState.FAILED) == 0
    smtp_sink.on_rcpt.told = {}
    everything_goes()
    assert number_of(DeliveryState.SENT) == 100
    assert not suppressed()


def test_a_list_that_is_all_unknown_from_its_first_notice_on_waits(smtp_sink):
    """Nobody can tell it from a relay that knows nobody."""
    it_knows_nobody_of(smtp_sink, readers(30))
    imported(*readers(30))
    drain.drain("email")
    assert (number_of(DeliveryState.QUEUED), suppressed()) == (30, set())


def test_what_waited_a_day_in_vain_fails_and_silences_nobody(smtp_sink):
    it_knows_nobody_of(smtp_sink, readers(5))
    announced(*readers(5))
    drain.drain("email")
    Delivery.objects.update(created_at=Now() - timedelta(hours=25))
    time_passes()
    drain.drain("email")
    assert number_of(DeliveryState.FAILED) == 5
    Breaker.objects.all().delete()
    drain.due_channels()
    assert not suppressed()
    assert not Refusal.objects.exists()


def test_who_took_a_notice_before_is_known_however_they_came(smtp_sink):
    imported(*readers(3))
    drain.drain("email")
    it_knows_nobody_of(smtp_sink, readers(3))
    announced()
    drain.drain("email")
    assert Breaker.objects.exists()
    assert not suppressed()


def test_a_gateway_that_knows_no_number_silences_nobody():
    announced(*phones(5), channel="sms")
    refused(*claimed("sms"), reply="not a mobile number (21614)", verdict=Verdict.ADDRESS_DEAD)
    in_a_row.judge_quiet()
    assert Breaker.objects.exists()
    assert not suppressed()


def test_who_confirms_meanwhile_is_not_silenced_either(smtp_sink):
    it_knows_nobody_of(smtp_sink, [*readers(3), "new@example.test"])
    values = {"channel": "email", "everything": True, "components": (), "every_update": True}
    subscribing.request_subscription(address="new@example.test", at=timezone.now(), **values)
    announced(*readers(3))
    drain.drain("email")
    assert not suppressed()
    smtp_sink.on_rcpt.told = {}
    everything_goes()
    assert "new@example.test" in {entry["to"] for entry in smtp_sink.journal.entries()}


def test_a_worker_that_dies_before_it_thinks_silences_nobody():
    announced(*readers(25))
    rows = claimed()
    refused(*rows, reply=NOBODY, verdict=Verdict.ADDRESS_DEAD)
    assert not suppressed()
    drain.due_channels()
    assert number_of(DeliveryState.QUEUED) == 25
    assert not suppressed()


# --- They are gone ------------------------------------------------------------------------------------------


def test_an_imported_list_of_which_a_third_is_gone_is_cleaned(smtp_sink):
    everybody = readers(200)
    gone = random.Random(4).sample(everybody, 60)
    it_knows_nobody_of(smtp_sink, gone)
    imported(*everybody)
    drain.drain("email")
    assert not Breaker.objects.exists()
    assert (number_of(DeliveryState.SENT), number_of(DeliveryState.FAILED)) == (140, 60)
    assert suppressed() == set(gone)
    assert {smtp_sink.on_rcpt.asked[address] for address in everybody} == {1}


@pytest.mark.parametrize("where", ["first", "last"])
def test_a_list_that_holds_a_dead_company_is_cleaned(smtp_sink, settings, where):
    settings.EMAIL_CONNECTIONS = 1
    everybody = readers(90)
    gone = everybody[:30] if where == "first" else everybody[60:]
    it_knows_nobody_of(smtp_sink, gone)
    imported(*everybody)
    everything_goes()
    assert (number_of(DeliveryState.SENT), number_of(DeliveryState.FAILED)) == (60, 30)
    assert suppressed() == set(gone)
    assert {smtp_sink.on_rcpt.asked[address] for address in everybody[30:60]} == {1}


def test_the_last_few_of_a_list_may_be_gone(smtp_sink):
    it_knows_nobody_of(smtp_sink, readers(40)[-6:])
    announced(*readers(40))
    drain.drain("email")
    assert not Breaker.objects.exists()
    assert suppressed() == set(readers(40)[-6:])


@pytest.mark.parametrize("number", [1, 2])
def test_one_or_two_are_believed(smtp_sink, number):
    it_knows_nobody_of(smtp_sink, readers(number))
    announced(*readers(number))
    drain.drain("email")
    assert number_of(DeliveryState.FAILED) == number
    assert suppressed() == set(readers(number))


def test_an_address_that_a_stranger_mistyped_is_believed(smtp_sink):
    it_knows_nobody_of(smtp_sink, ["typo@example.test"])
    values = {"channel": "email", "everything": True, "components": (), "every_update": True}
    subscribing.request_subscription(address="typo@example.test", at=timezone.now(), **values)
    drain.drain("email")
    assert suppressed() == {"typo@example.test"}


def test_nobody_is_judged_while_others_are_on_their_way():
    announced(*readers(10))
    first, rest = claimed(number=5), claimed(number=5)
    refused(*first, reply=NOBODY, verdict=Verdict.ADDRESS_DEAD)
    in_a_row.judge_quiet()
    assert (suppressed(), Breaker.objects.exists()) == (set(), False)
    refused(*rest, reply=NOBODY, verdict=Verdict.ADDRESS_DEAD)
    in_a_row.judge_quiet()
    assert (suppressed(), Breaker.objects.exists()) == (set(), True)


def test_who_is_gone_shows_that_a_relay_that_was_down_is_back(smtp_sink):
    announced(*readers(4))
    Breaker.objects.create(channel="email", reason="down", open_until=Now())
    it_knows_nobody_of(smtp_sink, readers(4)[:1])
    drain.drain("email")
    assert not Breaker.objects.exists()
    assert suppressed() == set(readers(1))


def test_what_the_owner_says_counts_at_once_whatever_else_is_said():
    announced(*phones(30), channel="sms")
    refused(*claimed("sms"), reply="the owner answered STOP (21610: No)", verdict=Verdict.OWNER_STOPPED)
    assert set(Suppression.objects.values_list("cause", flat=True)) == {"stopped"}
    assert len(suppressed()) == 30
    in_a_row.judge_quiet()
    assert not Breaker.objects.exists()


def test_who_was_lifted_by_a_person_stays_so(smtp_sink):
    it_knows_nobody_of(smtp_sink, readers(1))
    announced(*readers(3))
    drain.drain("email")
    Suppression.objects.all().delete()
    for _ in range(2):
        in_a_row.judge_quiet()
        in_a_row.believe("email")
    assert not suppressed()


# --- The limit of an hour -----------------------------------------------------------------------------------


def test_beyond_the_limit_of_an_hour_the_word_of_a_relay_waits_for_a_person(smtp_sink, settings, caplog):
    """S26, for what is said at the hand-over."""
    settings.SUPPRESSIONS_PER_HOUR = 5
    it_knows_nobody_of(smtp_sink, readers(60)[::2])
    imported(*readers(60))
    drain.drain("email")
    assert (Suppression.objects.count(), HeldSuppression.objects.count()) == (5, 25)
    assert set(HeldSuppression.objects.values_list("source", flat=True)) == {"reply"}
    assert "held until a person looks" in caplog.text


def test_many_who_are_gone_cost_no_lock_each():
    imported(*readers(100), "alive@example.test")
    rows = claimed()
    gone = [row for row in rows if row.recipient.address != "alive@example.test"]
    with CaptureQueriesContext(connection) as queries:
        ledger.settle_all([(row, Failed(row.pk, NOBODY, permanent=True, verdict=Verdict.ADDRESS_DEAD)) for row in gone])
        in_a_row.believe("email")
        Delivery.objects.filter(subscriber__address="alive@example.test").update(state=DeliveryState.SENT)
        in_a_row.judge_quiet()
    assert sum("pg_advisory" in query["sql"] for query in queries) <= 1
    assert Suppression.objects.count() == 100
