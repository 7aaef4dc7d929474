import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from incidents.actions import recalling
from subscribers.delivery import fanout, invariants, pauses
from subscribers.enums import DeliveryState
from subscribers.models import Delivery, DeliveryCount, Fanout, Suppression
from tests.factories import a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def announcement():
    """Sent to two."""
    for name in ("a", "b"):
        a_subscriber(f"{name}@example.test")
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=timezone.now())
    return announcement


def wrong(announcement, *entries, **kwargs) -> list[str]:
    journal = [invariants.Handed(*entry) for entry in entries] if entries else None
    return invariants.violations(announcement, journal, **kwargs)


def name(announcement, number=1) -> str:
    return f"<{announcement.public_id}.{number}@status.example.test>"


def handed(announcement) -> list[tuple]:
    return [("a@example.test", name(announcement, 1)), ("b@example.test", name(announcement, 2))]


def an_hour_ago():
    return timezone.now() - timedelta(hours=1)


def test_a_ledger_that_keeps_its_promises_is_silent(announcement):
    assert wrong(announcement, *handed(announcement), settled=True) == []


def before(announcement) -> dict:
    """Of a subscriber who confirmed then."""
    return {"confirmed_at": announcement.created_at, "created_at": announcement.created_at}


def test_i1_somebody_confirmed_before_without_a_row(announcement):
    a_subscriber("late@example.test")  # confirmed after the publish: nothing is owed
    assert wrong(announcement, settled=True) == []
    a_subscriber("lost@example.test", **before(announcement))
    assert wrong(announcement) == []  # their yes may just have been written down, and the sweep lists them
    assert wrong(announcement, settled=True) == ["complete: lost@example.test has no row"]
    Fanout.objects.update(settled_at=timezone.now())
    assert wrong(announcement) == ["complete: lost@example.test has no row"]


def test_i1_somebody_confirmed_well_before_without_a_row(announcement):
    a_subscriber("lost@example.test", confirmed_at=an_hour_ago(), created_at=an_hour_ago())
    assert wrong(announcement) == ["complete: lost@example.test has no row"]


def test_i1_owes_nothing_to_whom_an_import_brought_later(announcement):
    a_subscriber("imported@example.test", confirmed_at=an_hour_ago(), consent="the shop")
    assert wrong(announcement, settled=True) == []


def test_i1_a_list_that_nobody_closed(announcement):
    type(announcement).objects.filter(pk=announcement.pk).update(created_at=an_hour_ago())
    announcement.refresh_from_db()
    assert wrong(announcement) == ["complete: the list of who hears it is not complete"]
    fanout.catch_up(announcement)
    assert wrong(announcement) == []


def test_i1_a_list_that_is_not_complete(announcement):
    other = an_open_incident().announcement
    assert wrong(other) == []
    assert wrong(other, settled=True) == ["complete: the list of who hears it is not complete"]
    type(other).objects.filter(pk=other.pk).update(created_at=an_hour_ago())
    other.refresh_from_db()
    assert wrong(other) == ["complete: the list of who hears it is not complete"]


def test_i2_a_row_that_never_settles(announcement):
    row = announcement.deliveries.order_by("pk").first()
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.QUEUED)
    assert wrong(announcement) == []
    assert wrong(announcement, settled=True) == ["settled: a@example.test stays queued"]
    Delivery.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=26))
    assert wrong(announcement) == ["settled: a@example.test stays queued"]
    pauses.pause(reason="On purpose.", by=None, at=timezone.now())
    assert wrong(announcement) == []


def test_i3_sent_and_not_handed_over_or_twice(announcement):
    one = handed(announcement)[0]
    assert wrong(announcement, one) == ["once: b@example.test is sent and got nothing"]
    assert wrong(announcement, *handed(announcement), one) == ["once: a@example.test got 2 and is not flagged"]
    Delivery.objects.update(possibly_doubled=True)
    assert wrong(announcement, *handed(announcement), one) == []


def test_i4_one_name_for_two_people_and_two_names_for_one(announcement):
    Delivery.objects.update(possibly_doubled=True)
    a, b = handed(announcement)
    found = wrong(announcement, a, b, ("a@example.test", b[1]))
    assert found[0].startswith("one name: a@example.test got copies under different names")
    assert found[1] == f"one name: {b[1]} went to 2 people"


def test_i5_after_a_recall_but_for_what_was_in_flight(announcement):
    recalling.recall(announcement=announcement, reason="Wrong.", by=None, at=timezone.now())
    assert wrong(announcement) == []
    announcement.deliveries.update(sent_at=timezone.now() + timedelta(hours=1))
    assert wrong(announcement) == [f"permitted: {one}@example.test was sent it after the recall" for one in "ab"]
    late = timezone.now() + timedelta(hours=1)
    found = wrong(announcement, *((to, id, late) for to, id in handed(announcement)))
    assert "permitted: a@example.test was handed it after the recall" in found


def test_i5_after_an_end_or_a_suppression(announcement):
    subscriber = announcement.deliveries.order_by("pk").first().subscriber
    type(subscriber).objects.filter(pk=subscriber.pk).update(unsubscribed_at=an_hour_ago())
    Suppression.objects.create(channel="email", address="b@example.test", reason="550", created_at=an_hour_ago())
    assert wrong(announcement) == [
        "permitted: a@example.test had unsubscribed",
        "permitted: b@example.test must not be written to",
    ]


def test_i5_skipped_and_handed_over_all_the_same(announcement):
    announcement.deliveries.update(state=DeliveryState.SKIPPED, reason="recalled")
    assert "permitted: a@example.test is skipped (recalled) and got it" in wrong(announcement, *handed(announcement))


def test_i6_handed_to_somebody_without_a_row(announcement):
    found = wrong(announcement, *handed(announcement), ("c@example.test", name(announcement, 3)))
    assert found == ["known: c@example.test was written to and has no row"]


def test_what_is_kept_as_a_number_is_no_row_that_is_missing(announcement):
    journal = handed(announcement)
    announcement.deliveries.order_by("pk").first().delete()
    type(announcement.deliveries.get().subscriber).objects.update(**before(announcement))
    Fanout.objects.update(settled_at=timezone.now())
    assert wrong(announcement) == ["complete: a@example.test has no row"]
    count = DeliveryCount.objects.create(announcement=announcement, channel="email", state="sent", number=1)
    assert wrong(announcement, *journal) == []
    a_subscriber(**before(announcement))
    assert wrong(announcement) == [
        f"complete: 1 have no row, and are not among the {count.number} that are kept as numbers"
    ]


def test_a_thousand_like_it_are_counted(announcement, monkeypatch):
    monkeypatch.setattr(invariants, "NAMED", 1)
    announcement.deliveries.update(state=DeliveryState.SENDING)
    assert wrong(announcement, settled=True) == [
        "settled: a@example.test stays sending",
        "settled: and 1 more like this",
    ]


def run(*arguments) -> str:
    out = StringIO()
    call_command("audit_deliveries", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def a_journal(path, entries):
    path.write_text("".join(json.dumps(dict(zip(("to", "id", "at"), entry, strict=False))) + "\n" for entry in entries))
    return str(path)


def test_the_command_says_that_all_is_kept(announcement):
    assert run() == run(announcement.public_id) == "Every promise is kept.\n"


def test_the_command_ends_with_1_and_names_each_violation(announcement, capsys):
    out = StringIO()
    announcement.deliveries.update(state=DeliveryState.QUEUED)
    with pytest.raises(SystemExit) as end:
        call_command("audit_deliveries", "--settled", stderr=out)
    assert end.value.code == 1
    assert f"{announcement.public_id} settled: a@example.test stays queued" in out.getvalue()


def test_a_journal_of_everything_is_told_apart_by_its_names(announcement, tmp_path):
    entries = [*handed(announcement), ("c@example.test", "<000000000000.1@status.example.test>", "2026-11-21T12:00Z")]
    assert run("--journal", a_journal(tmp_path / "journal", entries)) == "Every promise is kept.\n"


def test_a_journal_that_cannot_be_read_is_one_line(announcement, tmp_path):
    with pytest.raises(CommandError, match="Cannot read"):
        run("--journal", str(tmp_path / "nowhere"))
    (tmp_path / "journal").write_text('{"to": "a"}\n')
    with pytest.raises(CommandError, match="Line 1 of the journal"):
        run("--journal", str(tmp_path / "journal"))
    with pytest.raises(CommandError, match="no announcement"):
        run("000000000000")
