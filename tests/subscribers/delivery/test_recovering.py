"""What a worker, a machine or a database that dies leaves behind, against a real relay."""

import pytest
from django.db import OperationalError

from subscribers.channels import Failed
from subscribers.delivery import drain, in_flight, ledger
from subscribers.delivery.journal import Journal, Mark
from subscribers.enums import DeliveryState
from subscribers.models import Delivery
from tests.deliveries import announced, states, the_machine_dies, the_worker_dies, time_passes

pytestmark = pytest.mark.django_db


def test_a_mail_in_flight_when_its_worker_died_goes_again_flagged(smtp_sink):
    announced("a@example.test")
    the_worker_dies(Mark.BEGUN)
    assert drain.drain("email") == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.possibly_doubled) == (DeliveryState.SENT, 2, True)


def test_what_a_dead_worker_had_handed_over_does_not_go_again(smtp_sink):
    announced(*(f"{name}@example.test" for name in "abcd"))
    the_worker_dies(Mark.TAKEN, Mark.BEGUN, Mark.NOT_BEGUN, Mark.REFUSED)
    drain.drain("email")
    assert sorted(entry["to"][0] for entry in smtp_sink.journal.entries()) == ["b", "c", "d"]
    assert states() == [DeliveryState.SENT] * 4
    assert [row.possibly_doubled for row in Delivery.objects.order_by("pk")] == [False, True, False, False]


def test_a_mail_claimed_but_not_begun_when_its_worker_died_is_not_flagged(smtp_sink):
    announced("a@example.test")
    the_worker_dies(Mark.NOT_BEGUN)
    drain.drain("email")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.possibly_doubled) == (DeliveryState.SENT, 1, False)


def test_what_a_dead_worker_left_is_found_though_nothing_else_is_due(smtp_sink):
    announced("a@example.test")
    the_worker_dies(Mark.NOT_BEGUN)
    assert drain.due_channels() == ["email"]
    assert states() == [DeliveryState.QUEUED]


def test_a_claim_that_cannot_be_noted_is_none(smtp_sink, monkeypatch):
    """A full disk, or a kill between the two: nothing was begun, and nobody shall doubt it."""
    announced("a@example.test")

    def no_space(*args):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(in_flight, "Journal", no_space)
        drain.drain("email")
    assert states() == [DeliveryState.QUEUED]
    assert drain.drain("email") == 1
    assert not Delivery.objects.get().possibly_doubled


def test_what_a_lost_machine_was_sending_goes_again_flagged_when_its_lease_is_over(smtp_sink):
    announced("a@example.test")
    the_machine_dies()
    assert drain.drain("email") == 0
    time_passes()
    assert drain.drain("email") == 2  # found, flagged, due again at once
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.possibly_doubled) == (DeliveryState.SENT, 2, True)


def test_an_outage_of_the_database_longer_than_a_lease_doubles_nothing_here(smtp_sink):
    """Its worker lives, and could not yet write down what it knows; another finds the row due."""
    announced("a@example.test")
    claim = ledger.claim("email", 10)
    journal = Journal(claim.token, [row.pk for row in claim.fresh])
    journal.ended(claim.fresh[0].pk, was_taken=True)
    time_passes()
    assert drain.drain("email") == 1
    assert states() == [DeliveryState.SENT]
    assert len(smtp_sink.journal) == 0
    journal.close()


def test_what_is_in_flight_when_the_database_goes_is_known_here_when_it_is_back(smtp_sink, monkeypatch):
    announced(*(f"reader{number}@example.test" for number in range(30)))
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(ledger, "settle_sent", the_database_is_gone)
        drain.drain("email")
    assert len(smtp_sink.journal) > 0
    assert DeliveryState.SENT not in states()
    drain.drain("email")
    assert states() == [DeliveryState.SENT] * 30
    assert len(smtp_sink.journal) == 30
    assert not Delivery.objects.filter(possibly_doubled=True).exists()


def the_database_is_gone(*args, **kwargs):
    raise OperationalError("gone")


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


def test_a_worker_whose_lease_ran_out_leaves_the_row_to_the_next():
    announced("a@example.test")
    (row,) = ledger.claim("email", 10).fresh
    time_passes()
    ledger.claim("email", 10)
    assert not ledger.settle(row, Failed(row.pk, "too late", permanent=True))
    assert states() == [DeliveryState.QUEUED]
