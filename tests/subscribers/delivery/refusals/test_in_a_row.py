"""What a provider says to one reader after the other speaks of us: the channel waits, and nobody is lost by it."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.enums import Severity
from subscribers.channels import Failed, Sent
from subscribers.channels.verdicts import Verdict
from subscribers.delivery import breakers, drain, ledger, watching
from subscribers.delivery.refusals import in_a_row
from subscribers.enums import DeliveryState
from subscribers.models import Breaker, Delivery, Refusal, Suppression
from subscribers.people import subscribing
from tests.deliveries import announced, states, time_passes

pytestmark = pytest.mark.django_db
NO_DOMAIN = "553 5.1.8 <notices@acme.test>... Domain of sender address notices@acme.test does not exist"
ANYTHING = "554 Transaction failed"  # of which nobody can tell what it speaks of


def readers(number: int) -> list[str]:
    return [f"r{index}@example.test" for index in range(number)]


def phones(number: int) -> list[str]:
    return [f"+49151{index:08}" for index in range(number)]


def a_while_passes() -> None:
    """Long enough for every wait of a provider that is left alone; what waits longer comes later, as ever. Of what is
    in flight, however slow this machine is, no lease runs out."""
    Breaker.objects.update(open_until=F("open_until") - timedelta(seconds=95))
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED)
    waiting.update(visible_at=F("visible_at") - timedelta(seconds=95))


def everything_goes(channel="email") -> None:
    """Look after look."""
    for _ in range(40):
        a_while_passes()
        drain.drain(channel)
        if not Delivery.objects.waiting().exists():
            return
    pytest.fail(f"It does not end: {Counter(states())}")


def number_of(state: DeliveryState) -> int:
    return Delivery.objects.filter(state=state).count()


# --- Mended ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        NO_DOMAIN,
        "550 Sender verify failed",
        "550-Verification failed for <notices@acme.test>\n550 Sender verify failed",
        "454 4.7.1 <r@example.test>: Relay access denied",
        ANYTHING,
    ],
)
def test_of_300_whom_the_relay_refused_for_our_sake_none_is_lost(smtp_sink, reply):
    smtp_sink.on_rcpt.told = {address: [reply] for address in readers(300)}
    announced(*readers(300))
    drain.drain("email")
    for _ in range(3):
        time_passes()
        drain.drain("email")
    assert sum(smtp_sink.on_rcpt.asked.values()) < 300
    breaker = Breaker.objects.get()
    assert (breaker.is_refusal, breaker.what_is_wrong) == (True, "E-mail is refused by the relay")
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.QUEUED, 0)}
    assert not Suppression.objects.exists()
    smtp_sink.on_rcpt.told = {}
    everything_goes()
    assert Counter(entry["to"] for entry in smtp_sink.journal.entries()) == Counter(readers(300))
    assert (number_of(DeliveryState.SENT), Suppression.objects.count()) == (300, 0)
    assert not Breaker.objects.exists()


def test_of_seven_phones_that_a_gateway_refused_none_is_lost(sms_sink):
    sms_sink.on_post.told = {number: [(400, {}, {"error": "smsbox: unknown service"})] for number in phones(7)}
    announced(*phones(7), channel="sms")
    drain.drain("sms")
    assert Breaker.objects.get().what_is_wrong == "SMS is refused by the gateway"
    assert states() == [DeliveryState.QUEUED] * 7
    sms_sink.on_post.told = {}
    everything_goes("sms")
    assert Counter(entry["to"] for entry in sms_sink.journal.entries()) == Counter(phones(7))


def test_a_relay_that_turns_against_us_in_the_middle_loses_nobody(smtp_sink, settings):
    # Over several, what one is refused just before another is accepted counts as that reader's own failure.
    settings.EMAIL_CONNECTIONS = 1
    smtp_sink.on_rcpt.told = {address: [ANYTHING] for address in readers(200)[100:]}
    announced(*readers(200))
    drain.drain("email")
    assert Breaker.objects.exists()
    assert number_of(DeliveryState.FAILED) == 0
    smtp_sink.on_rcpt.told = {}
    everything_goes()
    assert number_of(DeliveryState.SENT) == 200


def test_the_words_may_name_the_reader_and_a_number(smtp_sink):
    smtp_sink.on_rcpt.told = {
        address: [f"554 <{address}> id 4f{index}c2: transaction failed"] for index, address in enumerate(readers(30))
    }
    announced(*readers(30))
    drain.drain("email")
    assert states() == [DeliveryState.QUEUED] * 30


def test_many_in_a_row_count_in_whatever_words(smtp_sink, settings):
    settings.EMAIL_CONNECTIONS = 1
    words = [f"{a}{b} happened" for a in "abcdefghijkl" for b in "abcdefghijkl"]
    smtp_sink.on_rcpt.told = {address: [f"554 {word}"] for address, word in zip(readers(144), words, strict=True)}
    announced(*readers(144))
    drain.drain("email")
    assert Breaker.objects.get().is_refusal
    assert number_of(DeliveryState.FAILED) == 0


def test_who_was_given_up_in_the_same_words_comes_again():
    announced(*readers(3))
    Delivery.objects.update(attempts=ledger.MAX_ATTEMPTS - 1)
    refused(*claimed(), reply="451 Try again", permanent=False)
    assert states() == [DeliveryState.FAILED] * 3
    drain.due_channels()
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.QUEUED, 0)}


def test_a_gateway_is_asked_under_a_new_name_each_time():
    """Or it would answer by heart, when everything is mended."""
    announced(*phones(3), channel="sms")
    for number, verdict in enumerate([Verdict.UNKNOWN, Verdict.WE_ARE_REFUSED, Verdict.UNKNOWN]):
        rows = claimed("sms")
        assert {row.refusals for row in rows} == {number}
        refused(*rows, verdict=verdict)
        in_a_row.judge("sms")
        in_a_row.judge_quiet()
        time_passes()


# --- Who is not waited for ----------------------------------------------------------------------------------


def claimed(channel="email", number=1000) -> list:
    return ledger.claim(channel, number).fresh


def refused(*rows, reply=ANYTHING, permanent=True, verdict=Verdict.UNKNOWN) -> None:
    ledger.settle_all([(row, Failed(row.pk, reply, permanent=permanent, verdict=verdict)) for row in rows])


def test_the_last_three_of_a_list_may_be_gone(smtp_sink):
    smtp_sink.on_rcpt.told = {address: [ANYTHING] for address in readers(30)[-3:]}
    announced(*readers(30))
    drain.drain("email")
    assert not Breaker.objects.exists()
    assert (number_of(DeliveryState.SENT), number_of(DeliveryState.FAILED)) == (27, 3)


def test_two_are_not_many(smtp_sink):
    smtp_sink.on_rcpt.told = {address: [ANYTHING] for address in readers(2)}
    announced(*readers(2))
    drain.drain("email")
    assert not Breaker.objects.exists()


def test_one_reader_of_many_notices_is_one():
    for _ in range(4):
        announced()
    announced(*readers(1))
    for _ in range(4):
        Delivery.objects.update(state=DeliveryState.QUEUED, visible_at=Now())
        refused(*claimed())
    in_a_row.judge_quiet()
    assert not Breaker.objects.exists()


def test_a_stranger_cannot_hold_up_notices_by_asking_for_confirmations(smtp_sink):
    for address in readers(30):
        smtp_sink.on_rcpt.told[address] = [ANYTHING]
        values = {"channel": "email", "address": address, "everything": True, "components": ()}
        subscribing.request_subscription(**values, every_update=True, at=timezone.now())
    announced("reader@example.test")
    drain.drain("email")
    assert not Breaker.objects.exists()
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["reader@example.test"]


def test_readers_who_are_really_refused_delay_others_once(smtp_sink):
    smtp_sink.on_rcpt.told = {address: [ANYTHING] for address in readers(3)}
    announced(*readers(3))
    drain.drain("email")
    assert Breaker.objects.exists()
    everyone = announced("new@example.test")
    everything_goes()
    assert not Breaker.objects.exists()
    assert Delivery.objects.get(announcement=everyone, subscriber__address="new@example.test").state == "sent"
    assert number_of(DeliveryState.FAILED) == 6


def test_what_is_too_old_stays_failed_and_is_no_reason_to_wait_for_ever():
    announced(*readers(5))
    rows = claimed()
    Delivery.objects.filter(pk=rows[0].pk).update(created_at=Now() - timedelta(hours=25))
    refused(*rows)
    drain.due_channels()
    assert Counter(states()) == {DeliveryState.QUEUED: 4, DeliveryState.FAILED: 1}
    Delivery.objects.update(created_at=Now() - timedelta(hours=25))
    time_passes()
    refused(*claimed(), verdict=Verdict.WE_ARE_REFUSED)
    assert in_a_row.judge("email")
    assert set(states()) == {DeliveryState.FAILED}
    Breaker.objects.all().delete()
    drain.due_channels()
    assert not Breaker.objects.exists()


def test_a_text_that_is_refused_holds_up_no_other(smtp_sink):
    announced(*readers(100))
    smtp_sink.on_data.told = {address: [ANYTHING] for address in readers(100)}
    drain.drain("email")
    assert Breaker.objects.exists()
    another = announced("other@example.test", severity=Severity.P4)
    another.deliveries.exclude(subscriber__address="other@example.test").delete()
    a_while_passes()
    drain.drain("email")
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["other@example.test"]


def test_what_may_still_arrive_is_waited_for():
    announced(*readers(6))
    first, second = claimed(number=3), claimed(number=3)
    refused(*first)
    drain.due_channels()
    assert not Breaker.objects.exists()
    ledger.settle_all([(row, Sent(row.pk)) for row in second])
    drain.due_channels()
    assert not Breaker.objects.exists()


# --- Several workers, kills ---------------------------------------------------------------------------------


def test_what_several_workers_heard_is_one_run():
    announced(*readers(40))
    first, second = claimed(number=15), claimed(number=15)
    one, other = watching.Monitor("email", is_probing=False), watching.Monitor("email", is_probing=False)
    assert not one.settle([(row, Failed(row.pk, ANYTHING, permanent=True)) for row in first])
    assert other.settle([(row, Failed(row.pk, ANYTHING, permanent=True)) for row in second])
    assert number_of(DeliveryState.FAILED) == 0


def test_what_any_worker_handed_over_ends_the_run():
    announced(*readers(40))
    first, second = claimed(number=15), claimed(number=15)
    one, other = watching.Monitor("email", is_probing=False), watching.Monitor("email", is_probing=False)
    one.settle([(row, Failed(row.pk, ANYTHING, permanent=True)) for row in first])
    assert not other.settle(
        [(row, Failed(row.pk, ANYTHING, permanent=True)) for row in second[:7]]
        + [(second[7], Sent(second[7].pk))]
        + [(row, Failed(row.pk, ANYTHING, permanent=True)) for row in second[8:]]
    )
    assert Refusal.objects.filter(in_run=True).count() == 7
    assert not Breaker.objects.exists()


def test_a_worker_that_dies_before_it_thinks_leaves_nobody_failed():
    announced(*readers(7))
    refused(*claimed())
    assert states() == [DeliveryState.FAILED] * 7
    drain.due_channels()
    assert states() == [DeliveryState.QUEUED] * 7
    assert Breaker.objects.get().reason == ANYTHING


def test_what_was_taken_back_lets_others_go_first():
    announced(*readers(30))
    refused(*claimed(number=20))
    assert in_a_row.judge("email")
    Breaker.objects.update(open_until=Now())
    assert {row.recipient.address for row in claimed()} == set(readers(30)[20:])


def test_whoever_looks_now_looks_at_those_who_were_refused(smtp_sink):
    announced(*readers(5))
    refused(*claimed())
    drain.due_channels()
    assert breakers.probe_now(channel="email", by=None, at=timezone.now())
    assert drain.due_channels() == ["email"]
    assert drain.drain("email") == 5
    assert states() == [DeliveryState.SENT] * 5


def test_while_it_waits_no_refusal_is_final(smtp_sink):
    announced(*readers(30))
    breakers.trip("email", "down")
    time_passes()
    smtp_sink.on_rcpt.told = {address: [f"554 {address[:2]}"] for address in readers(30)}
    for _ in range(5):
        drain.drain("email")
        time_passes()
    assert number_of(DeliveryState.FAILED) == 0
    assert Breaker.objects.get().failures > 4


def test_nothing_is_asked_for_what_is_taken(smtp_sink, monkeypatch):
    """The hot path: what is written about refusals costs a hand-over nothing."""
    monkeypatch.setattr(watching, "_BELIEVE_EVERY", 3600.0)  # or a slow machine asks more often
    announced(*readers(60))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        drain.drain("email")
    about = [query["sql"] for query in queries if "subscribers_refusal" in query["sql"]]
    assert len(about) <= 3, about
