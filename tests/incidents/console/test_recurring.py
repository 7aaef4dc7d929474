"""Planning work that comes back, on the screen."""

import pytest
from django.urls import reverse

from incidents.models import Maintenance, MaintenanceSeries
from tests.factories import a_component

pytestmark = pytest.mark.django_db
WINDOW = {"scheduled_for": "2099-03-01 02:00", "scheduled_until": "2099-03-01 04:00"}  # a Sunday
WORDS = {"title": "Database upgrade", "body": "We upgrade our database each Sunday."}


def planned(lead, **changes):
    chosen = {f"component-{a_component().public_id}": "under_maintenance"}
    return lead.compose("console:new-maintenance", **WORDS | WINDOW | chosen | changes)


def rule() -> str:
    return MaintenanceSeries.objects.get().rule


def errors(answer) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return answer.context["form"].errors


def test_once_makes_no_series(lead):
    assert planned(lead).status_code == 302
    assert Maintenance.objects.get().series is None


@pytest.mark.parametrize(
    ("repeats", "expected"),
    [
        ("daily", "FREQ=DAILY"),
        ("weekly", "FREQ=WEEKLY"),
        ("fortnightly", "FREQ=WEEKLY;INTERVAL=2"),
        ("by-date", "FREQ=MONTHLY"),
        ("by-weekday", "FREQ=MONTHLY;BYDAY=1SU"),
    ],
)
def test_what_is_chosen_is_a_rule(lead, repeats, expected):
    assert planned(lead, repeats=repeats).status_code == 302
    assert rule() == expected


def test_the_fifth_sunday_is_the_last(lead):
    window = {"scheduled_for": "2099-03-29 02:00", "scheduled_until": "2099-03-29 04:00"}
    assert planned(lead, repeats="by-weekday", **window).status_code == 302
    assert rule() == "FREQ=MONTHLY;BYDAY=-1SU"


def test_it_has_a_last_time(lead):
    assert planned(lead, repeats="weekly", repeats_until="2099-03-15").status_code == 302
    assert rule() == "FREQ=WEEKLY;UNTIL=20990315"


def test_a_rule_of_its_own_may_be_pasted_from_a_calendar(lead):
    assert planned(lead, repeats="by-rule", rrule="RRULE:FREQ=MONTHLY;BYDAY=1SU").status_code == 302
    assert rule() == "FREQ=MONTHLY;BYDAY=1SU"


def test_a_rule_that_is_none_is_said_beside_it_and_nothing_typed_is_lost(lead):
    answer = planned(lead, repeats="by-rule", rrule="every sunday")
    assert "FREQ=WEEKLY;BYDAY=SU" in errors(answer)["rrule"][0]
    assert "every sunday" in answer.content.decode()
    assert not Maintenance.objects.exists()


def test_a_window_that_would_last_into_the_next_is_said_beside_what_repeats(lead):
    answer = planned(lead, repeats="daily", scheduled_until="2099-03-03 02:00")
    assert "would last into the next one" in errors(answer)["repeats"][0]


@pytest.mark.parametrize("typed", ["2099-03-09 02:00", "next week", "2099-03-08 02:00Z"])
def test_leaving_out_what_is_none_of_its_starts_is_said_beside_it(lead, typed):
    assert list(errors(planned(lead, repeats="weekly", exdate=typed))) == ["exdate"]


def test_a_start_is_left_out(lead):
    assert planned(lead, repeats="weekly", exdate="2099-03-08 02:00\n").status_code == 302
    assert MaintenanceSeries.objects.get().without == ["2099-03-08T02:00"]


def test_the_preview_names_the_windows_before_anything_is_published(lead):
    values = WORDS | WINDOW | {"repeats": "weekly", "repeats_until": "2099-03-15"}
    answer = lead.compose("console:new-maintenance", to="console:page-preview", **values)
    assert [one.key for one in answer.context["form"].windows] == [f"2099-03-{day}T02:00" for day in ("01", "08", "15")]
    assert "It takes place:" in answer.content.decode()
    assert not Maintenance.objects.exists()


def test_a_window_of_a_series_leads_to_its_end(lead):
    planned(lead, repeats="weekly")
    window = Maintenance.objects.get()
    address = reverse("console:end-series", args=[window.public_id])
    assert address in lead.get("console:incident", window.public_id).content.decode()
    assert "2099" in lead.get("console:end-series", window.public_id).content.decode()


def test_a_series_is_ended_in_words(lead):
    planned(lead, repeats="weekly")
    window = Maintenance.objects.get()
    assert lead.post("console:end-series", {"body": "We are done with it."}, window.public_id).status_code == 302
    window.refresh_from_db()
    assert window.status == "cancelled"
    assert window.series.ended_at


def test_a_series_is_not_ended_without_words(lead):
    planned(lead, repeats="weekly")
    answer = lead.post("console:end-series", {"body": " "}, Maintenance.objects.get().public_id)
    assert list(errors(answer)) == ["body"]
    assert not MaintenanceSeries.objects.get().ended_at


def test_ending_it_twice_says_so(lead):
    planned(lead, repeats="weekly")
    window = Maintenance.objects.get()
    lead.post("console:end-series", {"body": "We are done with it."}, window.public_id)
    updates = window.updates.count()
    assert lead.post("console:end-series", {"body": "We are done with it."}, window.public_id).status_code == 302
    assert window.updates.count() == updates


def test_what_stands_alone_has_no_series_to_end(lead):
    planned(lead)
    assert lead.get("console:end-series", Maintenance.objects.get().public_id).status_code == 404
