"""The night of the clock change at each door where a time is typed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import timezone

from incidents.actions import steps
from incidents.console import assist, preview
from statuspage.lib.moments import MomentField
from subscribers.management import terminal
from subscribers.preview import draft

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"]
NIGHTS = ["2026-10-25", "2026-03-29", "2026-11-01", "2026-03-08", "2026-04-04", "2026-10-03", "2026-02-15"]


class Form(forms.Form):
    moment = MomentField(required=False)


@pytest.fixture
def berlin():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        yield


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", NIGHTS)
def test_a_relative_time_stays_its_instant_at_every_door(zone, night):
    with timezone.override(ZoneInfo(zone)):
        for quarter in range(-48, 48):
            at = datetime.fromisoformat(night).replace(tzinfo=UTC) + timedelta(minutes=15 * quarter)
            due = at + timedelta(minutes=30)
            pressed = assist.apply_assist({"assist": "30"}, template=None, at=at)["next_update_at"]
            assert MomentField().clean(pressed) == due
            assert MomentField().clean(terminal.moment("30m", at)) == due
            assert draft._moment(preview._local(due)) == due


@pytest.mark.parametrize(
    ("typed", "instant", "shown"),
    [
        ("2026-10-25 02:30 CEST", "2026-10-25T00:30", "2026-10-25T02:30+02:00"),
        ("2026-10-25 02:30 CET", "2026-10-25T01:30", "2026-10-25T02:30+01:00"),
        ("2026-10-25T02:30+01:00", "2026-10-25T01:30", "2026-10-25T02:30+01:00"),
        ("2026-03-29T02:30", "2026-03-29T01:30", "2026-03-29T03:30"),
        ("2026-11-21T14:30", "2026-11-21T13:30", "2026-11-21T14:30"),
    ],
)
def test_a_form_shows_which_of_two_times_was_taken_and_where_the_gap_ends(berlin, typed, instant, shown):
    form = Form({"moment": typed})
    assert form.is_valid()
    assert form.cleaned_data["moment"] == datetime.fromisoformat(f"{instant}+00:00")
    assert form["moment"].value() == shown
    kind = "text" if "+" in shown else "datetime-local"
    assert f'type="{kind}"' in str(form["moment"])


def test_letters_of_another_zone_are_refused_in_words(berlin):
    form = Form({"moment": "2026-10-25 02:30 EST"})
    assert form.errors["moment"] == ["The page's zone is not called EST at this time."]
    assert form["moment"].value() == "2026-10-25 02:30 EST"


@pytest.mark.parametrize("typed", ["soon", "2026-13-40T99:99", "0001-01-01T00:00", "9999-12-31T23:59", "2026-11-21T14"])
def test_what_is_no_time_of_this_century_fails_in_words_only(berlin, typed):
    form = Form({"moment": typed})
    assert form.is_valid() or form.errors["moment"]
    assert str(form["moment"])


def test_the_words_name_which_of_two_times_is_meant(berlin):
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert steps.in_words(first, first) == "02:30 CEST"
    assert steps.in_words(first + timedelta(hours=1), first) == "02:30 CET"


def test_a_window_over_the_change_has_its_true_length(berlin):
    begin, end = (MomentField().clean(f"2026-10-25T{clock}") for clock in ("01:30", "03:30"))
    assert end - begin == timedelta(hours=3)
