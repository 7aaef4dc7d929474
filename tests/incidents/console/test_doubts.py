"""A time in the words that differs from what is filled in is said before it is published, and then left to the lead."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Announcement, Incident, Site
from tests.factories import a_component, an_open_incident
from tests.incidents.console.conftest import INVESTIGATING, a_template, in_minutes

pytestmark = pytest.mark.django_db
TYPED = "Refunds fail. We write again by 06:45 UTC."


@pytest.fixture(autouse=True)
def night(time_machine):
    """Four in the morning, when such things happen; the tests' page is in UTC."""
    time_machine.move_to(timezone.now().replace(hour=4, minute=0, second=0, microsecond=0), tick=False)


@pytest.fixture
def incident():
    return an_open_incident(at=timezone.now() - timedelta(hours=1)).incident


def at(hour, minute) -> str:
    """What is typed for a time of this morning."""
    return f"{timezone.now():%Y-%m-%d}T{hour:02}:{minute:02}"


def texts(answer) -> list[str]:
    return [doubt.text for doubt in answer.context["form"].doubts]


def again(lead, answer, incident, **changes):
    """The form as it came back, sent once more."""
    form = answer.context["form"]
    values = form.data.dict() | {"doubts_read": form.doubts_key} | changes
    assert f'name="doubts_read" value="{form.doubts_key}"' in answer.text
    return lead.post("console:update", values, incident.public_id)


def test_words_and_field_that_differ_are_said_and_nothing_typed_is_lost(lead, incident):
    answer = lead.update(incident, body=TYPED, next_update_at=at(4, 5))
    assert answer.status_code == 422
    assert texts(answer) == ["The text says “by 06:45 UTC”, this says 04:05 UTC."]
    assert answer.text.count("this says 04:05 UTC.") == 2  # beside the field, and in the preview
    assert "publish again to leave both as they are" in answer.text
    assert TYPED in answer.text
    assert f'value="{at(4, 5)}"' in answer.text
    assert Announcement.objects.count() == 1


def test_who_has_seen_it_publishes_all_the_same(lead, incident):
    answer = again(lead, lead.update(incident, body=TYPED, next_update_at=at(4, 5)), incident)
    assert answer.status_code == 302
    update = incident.updates.latest("pk")
    assert (update.body, update.next_update_at.minute) == (TYPED, 5)


def test_another_contradiction_is_said_again(lead, incident):
    answer = lead.update(incident, body=TYPED, next_update_at=at(4, 5))
    answer = again(lead, answer, incident, body="We write again by 07:15 UTC.")
    assert texts(answer) == ["The text says “by 07:15 UTC”, this says 04:05 UTC."]
    assert Announcement.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (TYPED, at),
        ("We write again in 2 hours 45 minutes.", at),
        ("Refunds fail since 02:10 UTC. We expect a fix by 05:30 UTC.", at),
        ("Refunds fail since 02:10 UTC.", None),
        ("> We write again by 05:00 UTC.\n\nThat was wrong.", None),
    ],
)
def test_words_that_agree_or_promise_nothing_are_published_at_once(lead, incident, body, field):
    answer = lead.update(incident, body=body, next_update_at=field(6, 45) if field else "")
    assert answer.status_code == 302


def test_words_that_promise_where_nothing_is_filled_in_are_said(lead, incident):
    answer = lead.update(incident, body="We write again in half an hour.", next_update_at="")
    assert texts(answer) == ["The text says “in half an hour”, and no time is given here."]
    assert again(lead, answer, incident).status_code == 302


def test_one_press_takes_the_time_of_the_words(lead, incident):
    answer = lead.update(incident, body=TYPED, next_update_at=at(4, 5))
    (doubt,) = answer.context["form"].doubts
    assert f'value="{doubt.moment.isoformat()}"' in answer.text
    assert "Take 06:45 UTC" in answer.text
    values = answer.context["form"].data.dict() | {"assist": doubt.moment.isoformat()}
    taken = lead.post("console:update", values, incident.public_id)
    assert f'value="{at(6, 45)}"' in taken.text
    assert TYPED in taken.text
    assert texts(taken) == []


@pytest.mark.parametrize("asked", ["", "x", "2026-11-30", "2026-11-30T06:45", "0001-01-01T00:00:00+00:00", "9" * 400])
def test_a_button_that_names_no_time_changes_nothing(lead, incident, asked):
    form = lead.form("console:incident", incident.public_id)
    answer = lead.post("console:update", form | {"body": TYPED, "assist": asked}, incident.public_id)
    assert answer.status_code == 200
    assert answer.context["form"]["next_update_at"].value() in (None, "")


def test_a_time_that_is_past_cannot_be_taken(lead, incident):
    answer = lead.update(incident, body="We write again by 02:30 UTC.", next_update_at=at(4, 5))
    assert texts(answer) == ["The text says “by 02:30 UTC”, this says 04:05 UTC."]
    assert "Take " not in answer.text


def test_an_end_promises_nothing(lead, incident):
    assert lead.update(incident, status="resolved", body=f"It is over. {TYPED}").status_code == 302


def test_what_else_is_wrong_is_said_with_it_once(lead, incident):
    answer = lead.update(incident, body=TYPED, next_update_at=at(2, 0))
    assert "This is past; choose a later time." in answer.text
    assert texts(answer) == ["The text says “by 06:45 UTC”, this says 02:00 UTC."]
    answer = again(lead, answer, incident, next_update_at=at(6, 45))
    assert answer.status_code == 302


def test_the_words_of_a_template_that_name_a_time_are_said(lead):
    template = a_template(investigating="We look into it. Next update at 05:00 UTC.")
    query = f"?template={template.pk}"
    assert "no time is given here" in lead.get("console:new-incident", query=query).text
    answer = lead.compose("console:new-incident", query=query, next_update_at=at(6, 0))
    assert texts(answer) == ["The text says “at 05:00 UTC”, this says 06:00 UTC."]
    assert not Incident.objects.exists()


def test_the_blank_of_a_template_agrees_with_what_fills_it(lead):
    template = a_template(investigating=INVESTIGATING)
    values = {"what_we_know": "Visa fails.", "what_we_are_doing": "We changed it.", "next_update_at": at(6, 0)}
    answer = lead.compose("console:new-incident", query=f"?template={template.pk}", **values)
    assert answer.status_code == 302


def test_the_blanks_values_are_read_too(lead):
    template = a_template(investigating=INVESTIGATING)
    values = {"what_we_know": "Visa fails.", "what_we_are_doing": TYPED, "next_update_at": at(6, 0)}
    answer = lead.compose("console:new-incident", query=f"?template={template.pk}", **values)
    assert answer.status_code == 302  # one of the two is right, and the later one is no contradiction
    values["what_we_are_doing"] = "We write again by 05:00 UTC."
    answer = lead.compose("console:new-incident", query=f"?template={template.pk}", **values)
    assert texts(answer) == ["The text says “by 05:00 UTC”, this says 06:00 UTC."]


def test_times_are_read_in_the_zone_of_the_page(lead, incident):
    Site.objects.update_or_create(pk=1, defaults={"time_zone": "Asia/Tokyo"})
    local = timezone.now() + timedelta(hours=9)
    answer = lead.update(incident, body="We write again by 14:30.", next_update_at=f"{local:%Y-%m-%d}T14:30")
    assert answer.status_code == 302
    answer = lead.update(incident, body="We write again by 14:30 UTC.", next_update_at=f"{local:%Y-%m-%d}T14:30")
    assert texts(answer) == ["The text says “by 14:30 UTC”, this says 14:30 JST."]


def test_the_live_preview_says_it_beside_the_field_too(lead, incident):
    values = {"incident": incident.public_id, "status": "mitigating", "body": TYPED, "next_update_at": at(4, 5)}
    answer = lead.post("console:page-preview", values, headers={"HX-Request": "true"})
    assert answer.text.count("this says 04:05 UTC.") == 2
    assert 'id="doubts-next_update_at" hx-swap-oob="innerHTML"' in answer.text
    assert f'hx-post="/admin/console/incidents/{incident.public_id}/updates/"' in answer.text
    calm = lead.post("console:page-preview", values | {"next_update_at": at(6, 45)}, headers={"HX-Request": "true"})
    assert "this says" not in calm.text
    assert 'id="doubts-next_update_at" hx-swap-oob="innerHTML"></div>' in calm.text  # what stood there goes
    alone = lead.post("console:page-preview", values)
    assert "this says 04:05 UTC." in alone.text
    assert "hx-swap-oob" not in alone.text


@pytest.fixture
def window():
    """From 22:00 to 23:30 today."""
    return {"title": "Upgrade", "scheduled_for": at(22, 0), "scheduled_until": at(23, 30)}


def test_a_maintenance_whose_words_name_another_window_is_said(lead, window):
    body = "We work on the database from 22:00 to 23:00 UTC."
    answer = lead.compose("console:new-maintenance", **window, body=body)
    assert answer.status_code == 422
    said = "The text says “from 22:00 to 23:00 UTC”; the window is 22:00 UTC to 23:30 UTC."
    assert texts(answer) == [said]
    assert answer.text.count(said) == 2
    values = answer.context["form"].data.dict() | {"doubts_read": answer.context["form"].doubts_key}
    assert lead.post("console:new-maintenance", values).status_code == 302


def test_a_maintenance_whose_words_agree_is_published_at_once(lead, window):
    body = "We work on the database from 22:00 to 23:30 UTC. Logins may fail between 22:10 and 22:20."
    assert lead.compose("console:new-maintenance", **window, body=body).status_code == 302


def test_an_update_of_a_maintenance_is_held_against_its_window(lead, window):
    lead.compose("console:new-maintenance", **window, body="We upgrade.")
    work = Incident.all_kinds.get()
    answer = lead.update(work, body="The work begins at 21:00 UTC.")
    assert texts(answer) == ["The text says “at 21:00 UTC”; the window is 22:00 UTC to 23:30 UTC."]
    assert answer.text.count("the window is 22:00 UTC") == 2


@pytest.mark.parametrize("body", ["\x00", "[" * 25_000, "x" * 30_000, "We write again by 06:45 UTC.\u202e"])
def test_words_that_cannot_be_published_are_refused_for_that(lead, incident, body):
    answer = lead.update(incident, body=body, next_update_at=at(4, 5))
    assert answer.status_code == 422
    assert "Mend what is marked below" in answer.text


def test_a_component_is_not_forgotten_over_it(lead, incident):
    component = a_component("Cards")
    changes = {f"component-{component.public_id}": "major_outage", "next_update_at": in_minutes(5)}
    answer = again(lead, lead.update(incident, body=TYPED, **changes), incident)
    assert answer.status_code == 302
    assert incident.affected.get().status == "major_outage"
