"""Why something was not sent, or is not written to, is a code: also of what the version before has written as words."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from subscribers.board.progress import of_incident
from subscribers.delivery import retention
from subscribers.enums import DeliveryCause, SuppressionSource, why
from subscribers.models import Delivery, DeliveryCount, HeldSuppression, Suppression
from tests.deliveries import announced

pytestmark = pytest.mark.django_db
migration = import_module("subscribers.migrations.0019_read_causes_once_from_words")
STOP, ERASED = "the owner answered STOP", "Erased before: it was suppressed"
LASTED = "Never taken since 2026-03-01 (3 times): 452 4.2.2 Mailbox full"
OWNER, REPLY, REPORT = SuppressionSource.OWNER, SuppressionSource.REPLY, SuppressionSource.REPORT


def fill() -> None:
    migration.fill(apps, None)


def a_delivery(**values) -> Delivery:
    row = announced("ada@example.test").deliveries.get()
    Delivery.objects.filter(pk=row.pk).update(**values)
    return row


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        ("skipped", "superseded", ("superseded", "superseded")),
        ("skipped", "not_offered", ("not_offered", "not_offered")),
        ("skipped", "of an even older version", ("", "of an even older version")),
        ("queued", "451 4.7.1 Come back later", ("put_off", "451 4.7.1 Come back later")),
        ("queued", "The worker was lost while sending.", ("lost", "")),
        ("queued", "", ("", "")),
        ("sending", "429: Too many", ("put_off", "429: Too many")),
        ("failed", "Given up: 451 Later", ("given_up", "451 Later")),
        ("failed", "550 5.1.1 User unknown", ("refused", "550 5.1.1 User unknown")),
        ("bounced", "550 5.1.1 User unknown", ("returned", "550 5.1.1 User unknown")),
        ("unknown", "The worker was lost while sending, and its provider is gone.", ("lost", "")),
        ("unknown", "The channel did not say what became of it.", ("in_doubt", "")),
        ("unknown", "no reply within 30 s", ("in_doubt", "no reply within 30 s")),
        ("sent", "Put off by the recipient's side: 4.4.1 no answer", ("delayed", "4.4.1 no answer")),
        ("delivered", "The recipient called it spam", ("complained", "The recipient called it spam")),
        ("sent", "", ("", "")),
    ],
)
def test_the_cause_of_what_was_written_before_is_read_once_from_its_words(state, reason, expected):
    row = a_delivery(state=state, reason=reason)
    for _ in range(2):  # a second time changes nothing
        fill()
        row.refresh_from_db()
        assert (row.state, row.cause, row.reason) == (state, *expected)


@pytest.mark.parametrize(
    ("source", "reason", "expected"),
    [
        (OWNER, STOP, ("stopped", "")),
        (REPLY, f"{STOP} (21610: unsubscribed)", ("stopped", f"{STOP} (21610: unsubscribed)")),
        (REPORT, f"{STOP} (21610)", ("stopped", f"{STOP} (21610)")),
        (REPLY, ERASED, ("erased", ERASED)),
        (REPORT, "The recipient called it spam", ("complained", "")),
        (REPLY, LASTED, ("lasting", LASTED)),
        (REPLY, "550 5.1.1 User unknown", ("refused", "550 5.1.1 User unknown")),
        (REPORT, "bounced", ("refused", "bounced")),
    ],
)
@pytest.mark.parametrize("model", [Suppression, HeldSuppression])
def test_so_is_that_of_a_suppression(model, source, reason, expected):
    when = {"held_at": timezone.now()} if model is HeldSuppression else {}
    values = {"channel": "sms", "address": "+4915112345678", "source": source, **when}
    model.objects.create(reason=reason, cause="", **values)
    fill()
    found = model.objects.get()
    assert (found.cause, found.reason) == expected


def test_what_has_a_cause_keeps_it_and_batches_leave_nothing_out(monkeypatch):
    monkeypatch.setattr(migration, "BATCH", 2)
    announced(*(f"reader{number}@example.test" for number in range(7)))
    Delivery.objects.update(state="failed", reason="550")
    first = Delivery.objects.order_by("pk").first()
    Delivery.objects.filter(pk=first.pk).update(cause="given_up")
    fill()
    causes = list(Delivery.objects.order_by("pk").values_list("cause", flat=True))
    assert causes == ["given_up"] + ["refused"] * 6


@pytest.mark.django_db(transaction=True)
def test_filling_waits_for_nobody():
    """What somebody is about to write this moment gets its cause from them."""
    announced("one@example.test", "two@example.test")
    Delivery.objects.update(state="queued", reason="451")
    held = Delivery.objects.order_by("pk").first()

    def in_another_connection():
        try:
            fill()
        finally:
            connection.close()

    with transaction.atomic():
        Delivery.objects.select_for_update().get(pk=held.pk)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(in_another_connection).result(timeout=60)
    assert list(Delivery.objects.order_by("pk").values_list("cause", flat=True)) == ["", "put_off"]
    fill()
    assert not Delivery.objects.filter(cause="").exists()


# --- The version before, at work beside this one ---------------------------------------------------------------


def test_it_writes_rows_that_know_nothing_of_causes():
    columns = "channel, address, reason, witness, created_at"
    with connection.cursor() as cursor:
        values = ["sms", "+4915112345678", f"{STOP} (21610: No)", "reply", timezone.now()]
        cursor.execute(f"INSERT INTO subscribers_suppression ({columns}) VALUES (%s, %s, %s, %s, %s)", values)
    found = Suppression.objects.get()
    assert (found.cause, found.is_the_owner_s, found.why) == ("", True, f"{STOP} (21610: No)")


def test_what_it_skipped_is_counted_and_rolled_up_by_the_code_that_it_wrote(settings):
    row = a_delivery(state="skipped", reason="superseded")
    row.refresh_from_db()
    assert row.why == "A newer update replaced it"
    (progress,) = of_incident(row.announcement.incident, at=timezone.now())
    assert progress.channels[0].skipped == {DeliveryCause.SUPERSEDED: 1}
    with transaction.atomic():
        retention.into_counts(Delivery.objects.filter(pk=row.pk))
    assert DeliveryCount.objects.get().cause == DeliveryCause.SUPERSEDED
    (progress,) = of_incident(row.announcement.incident, at=timezone.now())
    assert progress.channels[0].skipped == {DeliveryCause.SUPERSEDED: 1}


# --- In words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "said", "words"),
    [
        ("", "", ""),
        ("", "451 from the version before", "451 from the version before"),
        ("superseded", "superseded", "A newer update replaced it"),
        ("lost", "", "The worker was lost while sending"),
        ("put_off", "451 Later", "451 Later"),
        ("put_off", "", "Not taken for now"),
        ("given_up", "451 Later", "Given up: 451 Later"),
        ("given_up", "", "Given up"),
        ("delayed", "4.4.1", "Put off by the recipient's side: 4.4.1"),
        ("complained", "The recipient called it spam", "The recipient called it spam"),
        ("refused", "550 User unknown", "550 User unknown"),
        ("a cause of a later version", "550", "550"),
    ],
)
def test_the_provider_s_words_are_shown_where_there_are_any(cause, said, words):
    assert why(cause, said) == words


def test_a_suppression_without_words_is_shown_by_its_cause():
    assert Suppression(cause="stopped").why == "The owner answered STOP"
    assert Suppression(cause="refused", reason="550 User unknown").why == "550 User unknown"
    assert str(HeldSuppression(address="a@example.test", cause="complained")) == (
        "a@example.test: The recipient called it spam"
    )
