"""What is said of a window before it is announced."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from incidents.actions import catalogue, plan_notes
from incidents.models import AuditEvent, ChangeFreeze

pytestmark = pytest.mark.django_db
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
CHRISTMAS = datetime(2026, 12, 18, tzinfo=UTC)
SAID = "Nothing should be changed then: “Christmas trade”, 2026-12-18 00:00 to 2026-12-27 00:00."


@pytest.fixture
def freeze() -> ChangeFreeze:
    one = ChangeFreeze(name="Christmas trade", begins_at=CHRISTMAS, ends_at=CHRISTMAS + timedelta(days=9))
    catalogue.save_entry(entry=one, by=None, at=AT)
    return one


def noted(begins: datetime, lasts=timedelta(hours=2)) -> list[str]:
    return plan_notes.noted((begins, begins + lasts), [], at=AT)


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        (CHRISTMAS + timedelta(days=1), [SAID]),
        (CHRISTMAS - timedelta(hours=1), [SAID]),
        (CHRISTMAS - timedelta(hours=2), []),
        (CHRISTMAS + timedelta(days=9), []),
        (CHRISTMAS + timedelta(days=9, minutes=-1), [SAID]),
    ],
)
def test_a_window_that_touches_a_freeze_is_told_so(freeze, begins, expected):
    assert noted(begins) == expected


def test_a_freeze_is_in_the_audit(freeze):
    catalogue.delete_entry(entry=freeze, by=None, at=AT)
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {"added freeze", "deleted freeze"}


def test_a_freeze_ends_after_it_begins():
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeFreeze.objects.create(name="X", begins_at=AT, ends_at=AT)
