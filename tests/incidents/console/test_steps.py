from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from incidents.actions import steps
from incidents.console import assist
from incidents.console.picker import ComponentPicker
from incidents.enums import Act
from incidents.models import ComponentGroup
from tests.factories import a_component, an_open_incident
from tests.incidents.console.conftest import a_template

NOON = datetime(2026, 11, 21, 12, 2, tzinfo=UTC)


def test_a_promise_is_said_in_the_pages_zone():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert steps.in_words(NOON + timedelta(minutes=30), NOON) == "13:32 CET"
        assert steps.in_words(NOON + timedelta(hours=12), NOON) == "01:02 CET on 22 November"
        assert steps.in_words(None, NOON) == ""


@pytest.mark.parametrize(("asked", "moment"), [("30", "13:35"), ("60", "14:05"), ("120", "15:05")])
def test_a_quick_choice_is_rounded_up_to_what_a_person_would_say(asked, moment):
    with timezone.override(ZoneInfo("Europe/Berlin")):
        values = assist.apply_assist({"assist": asked, "title": "T"}, template=None, at=NOON)
    assert values == {"title": "T", "next_update_at": f"2026-11-21T{moment}"}


def test_what_is_missing_stands_in_the_preview_by_its_name():
    text = steps.filled_as_far_as_known("{{what_we_know}} until {{ next_update_by }}", {"what_we_know": "Slow."})
    assert text == "Slow. until [Next update expected by]"


@pytest.mark.django_db
def test_line_ends_of_browsers_do_not_make_approved_words_different():
    template = a_template(investigating="One.\r\n\r\nTwo.", resolved="Done.")
    assert steps.step_text(template, "investigating") == "One.\n\nTwo."
    assert steps.words_of_another_step(template, "resolved", "One.\n\nTwo.") == "Investigating"
    assert steps.words_of_another_step(template, "resolved", "My own.") == ""


@pytest.mark.django_db
def test_the_picker_puts_what_is_affected_first_and_groups_the_rest():
    group = ComponentGroup.objects.create(name="Payments")
    cards, api = a_component("Cards", group=group), a_component("API", group=group)
    picker = ComponentPicker({f"component-{cards.public_id}": "major_outage"}, affected={api.pk: "partial_outage"})
    assert {row.component: row.chosen for row in picker.chosen} == {cards: "major_outage", api: "partial_outage"}
    assert picker.groups == []
    other = ComponentPicker({f"component-{cards.public_id}": "operational"})
    assert [row.component for group in other.groups for row in group.rows] == [cards, api]
    assert other.chosen == []


@pytest.mark.django_db
def test_a_component_of_the_incident_can_become_operational_but_not_untouched():
    api = a_component("API")
    row = ComponentPicker({}, affected={api.pk: "partial_outage"}).rows[0]
    assert row.options.startswith('<option value="operational">Operational again</option>')
    assert ComponentPicker({}).rows[0].options.startswith('<option value="" selected>Not affected</option>')


@pytest.mark.django_db
def test_a_false_alarm_is_called_so_where_it_is_published():
    incident = an_open_incident().incident
    assert steps.statuses_to_post(incident, Act.FALSE_ALARM, timezone.now()) == [("resolved", "False alarm")]
    assert ("resolved", "Resolved") in steps.statuses_to_post(incident, Act.UPDATE, timezone.now())
