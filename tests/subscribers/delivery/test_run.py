"""One run, and everything that may go wrong in the middle of it without being anybody's failure."""

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from incidents.enums import Severity
from subscribers.channels import Failed, Sent, Unavailable
from subscribers.delivery import breakers, claim_size, dispatch, drain, fanout, ledger, rendering, run, throttle
from subscribers.models import Breaker, Delivery, Subscriber
from subscribers.signals import deliveries_due
from tests.deliveries import announced
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db


def rows(*fields) -> list[tuple]:
    return list(Delivery.objects.order_by("pk").values_list(*fields))


class Late:
    """A transport whose hands have popped everything when they learn that the provider is gone: it is back inside."""

    is_idle, room = True, 100

    def __init__(self):
        self.popped, self.inside = [], []

    def has_all(self):
        return False

    def take(self, messages, on_begin, on_end):
        for message in messages:
            on_begin(message.delivery_id)
            self.popped.append(message.delivery_id)

    def outcomes(self, wait):
        if not self.popped:
            return []
        self.inside, self.popped = self.popped, []
        raise Unavailable("gone")

    def withdraw(self):
        back, self.inside = self.inside, []
        return back

    def cancel_unsent(self):
        pass

    detach = cancel_unsent

    def close(self):
        pass


def test_what_the_provider_did_not_take_in_the_last_moment_goes_back_untouched(monkeypatch):
    monkeypatch.setattr(drain, "transport", lambda channel: Late())
    monkeypatch.setattr(run, "RUN_SECONDS", 0.001)
    claim = ledger.claim

    def claim_and_take_the_time(*args):
        claimed = claim(*args)
        monkeypatch.setattr(run.time, "monotonic", lambda: 0.0)
        return claimed

    announced("+4915112345678", severity=Severity.P3, channel="sms")
    monkeypatch.setattr(ledger, "claim", claim_and_take_the_time)
    drain.drain("sms")
    assert rows("state", "attempts", "lease", "possibly_doubled") == [("queued", 0, "", False)]
    assert Breaker.objects.get().reason == "gone"


def test_whoever_gives_back_calls_another_for_it(smtp_sink, settings, monkeypatch):
    """Or it would lie there until the sweep: those called before found nothing due."""
    settings.EMAIL_CONNECTIONS = 1
    announced(*(f"reader{number}@example.test" for number in range(50)))
    settle_all = ledger.settle_all

    def settle_and_be_over(ended):
        settle_all(ended)
        monkeypatch.setattr(run.SendRun, "is_over", True)

    def called(sender, **kwargs):
        due.append(Delivery.objects.due().count())

    due: list[int] = []
    monkeypatch.setattr(ledger, "settle_all", settle_and_be_over)
    deliveries_due.connect(called)
    try:
        drain.drain("email")
    finally:
        deliveries_due.disconnect(called)
    assert due[-1] == 50 - len(smtp_sink.journal) > 0


def test_what_was_begun_in_vain_is_not_in_doubt_when_the_database_is_back(monkeypatch, settings):
    """A gateway that cannot be reached, and a database that goes in the same moment."""
    announced("+4915112345678", severity=Severity.P3, channel="sms")
    settings.SMS_URL = "http://127.0.0.1:1/"
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(ledger, "give_back", the_database_is_gone)
        drain.drain("sms")
    assert rows("state") == [("sending",)]
    ledger.recover()
    assert rows("state", "attempts", "possibly_doubled") == [("queued", 0, False)]


def the_database_is_gone(rows, **kwargs):
    if rows:
        raise OperationalError("gone")


def test_rows_that_cannot_be_rendered_take_no_place_of_their_domain(smtp_sink, settings, monkeypatch):
    settings.EMAIL_PER_DOMAIN = 1
    throttle.forget()
    announced(*(f"reader{number}@example.test" for number in range(4)))
    message = rendering.Notices.message
    monkeypatch.setattr(
        rendering.Notices,
        "message",
        lambda self, row: "broken" if row.recipient.address < "reader2" else message(self, row),
    )
    drain.drain("email")
    assert sorted(state for (state,) in rows("state")) == ["queued", "queued", "sent", "sent"]


def test_a_database_that_goes_while_a_message_is_written_is_no_fault_of_the_message(smtp_sink, monkeypatch):
    announced("reader@example.test")
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(rendering.Announcement.objects, "select_related", the_database_is_away)
        drain.drain("email")
    assert rows("state", "attempts") == [("queued", 0)]
    drain.drain("email")
    assert rows("state", "attempts") == [("sent", 1)]


def the_database_is_away(*args):
    raise OperationalError("gone")


@pytest.mark.parametrize("said", ["N\0o\0", "no \ud800"])
def test_what_no_database_can_hold_stops_no_shift(smtp_sink, sms_sink, said, monkeypatch):
    """As a gateway says that answers in UTF-16."""
    announced("+4915100000001", "+4915100000002", channel="sms")
    monkeypatch.setattr(
        "subscribers.channels.sms.http.Http.outcome",
        lambda self, message, reply: (
            Failed(message.delivery_id, said, permanent=True)
            if message.to.endswith("1")
            else Sent(message.delivery_id, said)
        ),
    )
    assert drain.drain("sms") == 2
    assert sorted(state for (state,) in rows("state")) == ["failed", "sent"]


def test_the_most_urgent_goes_before_what_is_already_claimed(smtp_sink, settings, monkeypatch):
    """Listed within a moment, so that no run sees it unfinished."""
    settings.EMAIL_RATE = 40.0
    throttle.forget()
    announced(*(f"reader{number}@example.test" for number in range(100)), severity=Severity.P3)
    a_subscriber("urgent@example.test")
    settle = ledger.settle_sent
    published = []

    def settle_and_publish(sent):
        if not published:
            published.append(an_open_incident(a_component(), severity=Severity.P1).announcement)
            Delivery.objects.bulk_create(
                Delivery(announcement=published[0], subscriber=one, channel="email", priority=1)
                for one in Subscriber.objects.filter(address__startswith="urgent")
            )
            fanout.Fanout.objects.create(announcement=published[0], finished_at=Now())
        return settle(sent)

    monkeypatch.setattr(ledger, "settle_sent", settle_and_publish)
    drain.drain("email")
    order = [entry["to"] for entry in smtp_sink.journal.entries()]
    assert order.index("urgent@example.test") < claim_size.FIRST


def test_a_run_lists_the_first_who_hear_what_is_published_meanwhile_and_ends_for_the_others(
    smtp_sink, settings, monkeypatch
):
    """No other worker is free, and the list of all takes long."""
    settings.EMAIL_RATE = 40.0
    throttle.forget()
    a_subscriber("first@example.test")
    announced(*(f"reader{number}@example.test" for number in range(100)), severity=Severity.P3)
    settle = ledger.settle_sent
    published = []

    def settle_and_publish(sent):
        if not published:
            published.append(an_open_incident(a_component(), severity=Severity.P1).announcement)
        return settle(sent)

    with monkeypatch.context() as patch:
        patch.setattr(fanout, "FIRST_PAGE", 1)
        patch.setattr(run, "NEW_SECONDS", 0.5)
        patch.setattr(ledger, "settle_sent", settle_and_publish)
        drain.drain("email")
    heard = [(row.announcement_id, row.subscriber.address) for row in Delivery.objects.filter(state="sent")]
    assert (published[0].pk, "first@example.test") in heard
    assert list(fanout.unfinished()) == published
    assert Delivery.objects.waiting().exists()
    settings.EMAIL_RATE = 0.0
    throttle.forget()
    dispatch.dispatch()
    assert published[0].deliveries.filter(state="sent").count() == 101


def test_many_that_are_told_to_wait_together_are_one_failure(sms_sink):
    addresses = [f"+49151{number:08}" for number in range(30)]
    for address in addresses:
        sms_sink.on_post.told[address] = [(429, {"Retry-After": "30"}, {})]
    announced(*addresses, channel="sms")
    drain.drain("sms")
    assert Breaker.objects.get().failures == 1


def test_a_provider_at_which_nobody_looked_for_long_is_not_called_down():
    """What was due when it went down was recalled, or ended otherwise: nothing will ever close the breaker."""
    breakers.trip("sms", "gone")
    Breaker.objects.update(open_until=Now() - breakers.FORGOTTEN_AFTER / 2)
    drain.due_channels()
    assert Breaker.objects.exists()
    Breaker.objects.update(open_until=Now() - breakers.FORGOTTEN_AFTER * 2)
    drain.due_channels()
    assert not Breaker.objects.exists()


def test_a_channel_that_cannot_even_be_begun_holds_up_no_other(settings, sms_sink):
    announced("a@example.test")
    announced("+4915112345678", channel="sms")
    settings.EMAIL_BACKEND = "no.such.Backend"
    dispatch.dispatch()
    assert Delivery.objects.get(channel="sms").state == "sent"
    assert set(Delivery.objects.filter(channel="email").values_list("state", flat=True)) == {"queued"}


class Bit:
    """A transport that takes a message each time it is asked, and says so."""

    room = 100

    def __init__(self, outcome=Sent, *, has_all=False):
        self.inside, self.outcome, self.is_all = [], outcome, has_all

    @property
    def is_idle(self):
        return not self.inside

    def has_all(self):
        return self.is_all

    def take(self, messages, on_begin, on_end):
        self.inside += [(message.delivery_id, on_begin, on_end) for message in messages]

    def outcomes(self, wait):
        told = []
        for pk, on_begin, on_end in self.inside[:1]:
            on_begin(pk)
            told.append(self.outcome(pk))
            on_end(told[-1])
        del self.inside[:1]
        return told

    def withdraw(self):
        back, self.inside = [pk for pk, *_ in self.inside], []
        return back

    def cancel_unsent(self):
        pass

    detach = close = cancel_unsent


@pytest.fixture
def written(monkeypatch) -> list[int]:
    """How many were written down each time."""
    numbers: list[int] = []
    settle_all = ledger.settle_all

    def count(ended):
        numbers.append(len(ended))
        return settle_all(ended)

    monkeypatch.setattr(ledger, "settle_all", count)
    return numbers


def six_go(monkeypatch, outcome=Sent) -> None:
    monkeypatch.setattr(drain, "transport", lambda channel: Bit(outcome))
    announced(*(f"reader{number}@example.test" for number in range(6)))
    drain.drain("email")


def test_what_is_taken_soon_after_is_written_down_together(monkeypatch, written):
    monkeypatch.setattr(run, "WRITE_EVERY", 3600.0)
    six_go(monkeypatch)
    assert written == [1, 5]
    assert rows("state") == [("sent",)] * 6


def test_no_more_of_it_waits_than_may_be_in_doubt_when_the_machine_is_lost(monkeypatch, written):
    monkeypatch.setattr(run, "WRITE_EVERY", 3600.0)
    monkeypatch.setattr(run, "WRITE_AT_ONCE", 2)
    six_go(monkeypatch)
    assert written == [1, 2, 2, 1]


def test_a_refusal_does_not_wait(monkeypatch, written):
    monkeypatch.setattr(run, "WRITE_EVERY", 3600.0)
    six_go(monkeypatch, lambda pk: Failed(pk, "550 5.7.1 Not this one", permanent=True))
    assert written == [1] * 6


def test_what_was_taken_and_waits_is_sent_when_the_database_goes(monkeypatch, written):
    """By its journal: nobody gets it twice."""
    monkeypatch.setattr(run, "WRITE_EVERY", 3600.0)
    settle_sent = ledger.settle_sent

    def settle_or_be_gone(sent):
        the_database_is_gone(sent[1:])
        return settle_sent(sent)

    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(ledger, "settle_sent", settle_or_be_gone)
        six_go(patch)
    assert rows("state") == [("sent",)] + [("sending",)] * 5
    assert ledger.recover() == 5
    assert rows("state", "attempts", "possibly_doubled") == [("sent", 1, False)] * 6


@pytest.mark.parametrize(("has_all", "expected"), [(False, 3), (True, 0)])
def test_who_has_all_that_the_provider_gives_calls_others_only_at_its_end(monkeypatch, has_all, expected):
    """Another would hold rows and wait for a connection. `expected`: how many still waited at the only call."""
    due: list[int] = []

    def called(sender, **kwargs):
        due.append(Delivery.objects.waiting().count())

    monkeypatch.setattr(drain, "transport", lambda channel: Bit(has_all=has_all))
    monkeypatch.setattr(run, "WRITE_EVERY", 0.0)
    announced(*(f"reader{number}@example.test" for number in range(4)))
    deliveries_due.connect(called)
    try:
        drain.drain("email", limit=4)
    finally:
        deliveries_due.disconnect(called)
    assert due == [expected]
