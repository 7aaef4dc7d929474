"""The second 02:30: a time that comes twice is asked about, at every door where one is typed, and nothing is lost."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from incidents.models import Incident, Maintenance, Site
from statuspage.lib.moments import answered
from tests.factories import an_open_incident
from tests.journeys.browsing import Form

pytestmark = pytest.mark.django_db
WITHOUT = "?template=none"
EVENING = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
FIRST, SECOND = "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"
QUESTION = "02:30 comes twice that night: the first (CEST) or the second (CET)?"
WORDS = {"title": "Cards fail", "body": "We write again by {{next_update_by}}.", "next_update_at": "2026-10-25T02:30"}
WINDOW = {
    "title": "Upgrade",
    "body": "We upgrade.",
    "scheduled_for": "2026-10-25T02:30",
    "scheduled_until": "2026-10-25T04:00",
}


@pytest.fixture(autouse=True)
def berlin(db):
    Site.load()
    Site.objects.update(time_zone="Europe/Berlin")


@pytest.fixture
def evening(time_machine):
    time_machine.move_to(EVENING, tick=False)


def opened(lead, **changes):
    return lead.compose("console:new-incident", query=WITHOUT, **(WORDS | changes))


def sent_again(lead, answer, name, *args, query="", **changes):
    """The refused page's form sent back by a browser without JavaScript."""
    values = {key: value.removeprefix("\n") for key, value in Form(answer.text, {"request_key", "body"}).values.items()}
    return lead.post(name, values | changes, *args, query=query)


@pytest.mark.usefixtures("evening")
class TestTheForms:
    @pytest.mark.parametrize(("meant", "instant", "said"), [(FIRST, 0, "02:30 CEST"), (SECOND, 1, "02:30 CET")])
    def test_the_lead_is_asked_and_the_answer_is_published_with_all_that_was_typed(self, lead, meant, instant, said):
        asked = opened(lead)
        assert asked.status_code == 422
        assert QUESTION in asked.text
        assert not Incident.objects.exists()
        for value, words in ((FIRST, "the first, 02:30 CEST"), (SECOND, "the second, 02:30 CET")):
            assert f'name="next_update_at-which" value="{value}"><span>{words}</span>' in asked.text
        answer = {"next_update_at-which": meant}
        assert sent_again(lead, asked, "console:new-incident", query=WITHOUT, **answer).status_code == 302
        incident = Incident.objects.get()
        assert incident.title == "Cards fail"
        assert incident.next_update_at == datetime(2026, 10, 25, instant, 30, tzinfo=UTC)
        assert f"We write again by {said} on 25 October." in incident.updates.get().body

    def test_without_an_answer_it_asks_again(self, lead):
        again = sent_again(lead, opened(lead), "console:new-incident", query=WITHOUT)
        assert again.status_code == 422
        assert QUESTION in again.text

    def test_an_answer_does_not_outlive_the_time_it_was_about(self, lead):
        changes = {"next_update_at-which": SECOND, "next_update_at": "2026-10-25T04:00"}
        assert sent_again(lead, opened(lead), "console:new-incident", query=WITHOUT, **changes).status_code == 302
        assert Incident.objects.get().next_update_at == datetime(2026, 10, 25, 3, 0, tzinfo=UTC)

    @pytest.mark.parametrize("nonsense", ["", "2026-10-25T02:30", "2026-10-25T02:30 soon", "2026-10-25T02:30+99:99"])
    def test_an_answer_that_is_none_is_refused_in_words(self, lead, nonsense):
        assert opened(lead, **{"next_update_at-which": nonsense}).status_code == 422
        assert not Incident.objects.exists()

    def test_nothing_is_asked_of_any_other_time(self, lead):
        page = opened(lead, next_update_at="2026-10-25T03:30", body="")
        assert page.status_code == 422
        assert "Which of the two?" not in page.text
        assert "comes twice" not in lead.get("console:new-incident", query=WITHOUT).text

    def test_an_update_asks_too(self, lead):
        incident = an_open_incident(at=EVENING).incident
        asked = lead.update(incident, body="We look.", next_update_at="2026-10-25T02:30")
        assert QUESTION in asked.text
        answer = {"next_update_at-which": SECOND}
        sent_again(lead, asked, "console:update", incident.public_id, **answer)
        incident.refresh_from_db()
        assert incident.next_update_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    def test_both_ends_of_a_window_are_asked_about(self, lead):
        asked = lead.compose("console:new-maintenance", **(WINDOW | {"scheduled_until": "2026-10-25T02:45"}))
        assert asked.status_code == 422
        assert "02:45 comes twice that night" in asked.text
        answers = {"scheduled_for-which": SECOND, "scheduled_until-which": "2026-10-25T02:45+01:00"}
        sent_again(lead, asked, "console:new-maintenance", **answers)
        window = Maintenance.objects.get()
        assert window.scheduled_for == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert window.scheduled_until == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)

    def test_a_press_of_another_button_and_the_preview_know_the_answer(self, lead):
        values = lead.form("console:new-incident", query=WITHOUT) | WORDS
        shown = lead.post("console:page-preview", values | {"next_update_at-which": SECOND}).text
        assert "02:30 CET on 25 October" in shown
        helped = lead.post("console:new-incident", values | {"assist": "step", "status": "identified"}, query=WITHOUT)
        assert "Which of the two?" in helped.text


class TestThePast:
    def test_of_which_the_first_is_past_the_second_is_taken_without_a_question(self, lead, time_machine):
        time_machine.move_to(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), tick=False)  # 02:10 CET
        assert opened(lead).status_code == 302
        assert Incident.objects.get().next_update_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    def test_the_begin_of_a_window_may_be_past_and_is_asked_about(self, lead, time_machine):
        time_machine.move_to(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), tick=False)
        assert QUESTION in lead.compose("console:new-maintenance", **WINDOW).text


class TestTheGap:
    TYPED = "2026-03-29T02:30"
    SAID = "The clocks leave out 02:30 that night. Taken as 03:30 CEST."

    @pytest.fixture(autouse=True)
    def winter(self, time_machine):
        time_machine.move_to(datetime(2026, 3, 28, 20, 0, tzinfo=UTC), tick=False)

    def test_the_time_after_it_is_taken_and_the_lead_is_told(self, lead):
        answer = opened(lead, next_update_at=self.TYPED)
        assert Incident.objects.get().next_update_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
        assert f"Next update expected by: {self.SAID}" in lead.client.get(answer["Location"]).text

    def test_a_refused_form_says_it_beside_the_field(self, lead):
        page = opened(lead, next_update_at=self.TYPED, body="")
        assert page.status_code == 422
        assert 'value="2026-03-29T03:30"' in page.text
        assert self.SAID in page.text

    def test_a_window_says_which_end_it_is_about(self, lead):
        window = WINDOW | {"scheduled_for": self.TYPED, "scheduled_until": "2026-03-29T05:00"}
        answer = lead.compose("console:new-maintenance", **window)
        assert f"Begins: {self.SAID}" in lead.client.get(answer["Location"]).text

    def test_nothing_is_said_of_any_other_time(self, lead):
        answer = opened(lead, next_update_at="2026-03-29T03:30")
        assert "leave out" not in lead.client.get(answer["Location"]).text


@pytest.mark.parametrize(
    ("zone", "typed", "message"),
    [
        ("America/New_York", "2026-11-01T01:30", "01:30 comes twice that night: the first (EDT) or the second (EST)?"),
        (
            "Australia/Lord_Howe",
            "2027-04-04T01:45",
            "01:45 comes twice that night: the first (UTC+11) or the second (UTC+1030)?",
        ),
        (
            "Africa/Casablanca",
            "2027-02-07T02:30",
            "02:30 comes twice that night: the first (UTC+01) or the second (UTC+00)?",
        ),
    ],
)
def test_each_zone_is_asked_in_its_own_words(lead, time_machine, zone, typed, message):
    Site.objects.update(time_zone=zone)
    time_machine.move_to(EVENING, tick=False)
    assert message in opened(lead, next_update_at=typed).text


def test_answers_are_read_from_whatever_holds_the_form():
    values = {"scheduled_for": "2026-10-25T02:30", "scheduled_for-which": SECOND, "body": "x"}
    assert answered(values)["scheduled_for"] == SECOND
    assert values["scheduled_for"] == "2026-10-25T02:30"
    assert answered({"scheduled_for-which": SECOND}) == {"scheduled_for-which": SECOND}


def test_a_screen_of_the_console_has_no_question_of_its_own(lead):
    assert "-which" not in lead.client.get(reverse("console:new-maintenance")).text
