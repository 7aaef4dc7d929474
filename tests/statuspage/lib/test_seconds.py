from datetime import UTC, datetime

import pytest

from incidents.models import StatusChange
from statuspage.lib.seconds import Seconds
from tests.factories import a_component

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
        datetime(1999, 1, 1, tzinfo=UTC),
    ],
)
def test_a_moment_is_the_number_that_python_makes_of_it(at):
    change = StatusChange.objects.create(component=a_component(), status="major_outage", at=at)
    found = StatusChange.objects.annotate(seconds=Seconds("at")).get(pk=change.pk).seconds
    assert found == pytest.approx(at.timestamp(), abs=0.0005)
