from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from incidents.actions import publishing, recalling
from incidents.actions.errors import KeyReused
from incidents.enums import IncidentStatus
from incidents.models import Announcement, AuditEvent, Incident, Recall
from incidents.page import overview
from incidents.signals import recalled
from tests.factories import a_user, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def take_back(announcement, reason="It names the wrong product.", by=None) -> Recall:
    return recalling.recall(announcement=announcement, reason=reason, by=by, at=NOON)


def correct(announcement, body="Only refunds fail.", **kwargs) -> Announcement:
    values = {"incident": announcement.incident, "status": IncidentStatus.INVESTIGATING, "body": body}
    return publishing.post_update(by=None, at=NOON, corrects=announcement, **values | kwargs).announcement


def test_a_recall_is_kept_with_who_when_and_why():
    announcement, lead = an_open_incident().announcement, a_user("lead")
    made = take_back(announcement, by=lead)
    assert (made.at, made.by, made.reason) == (NOON, lead, "It names the wrong product.")
    event = AuditEvent.objects.get(action="recalled")
    assert (event.by_name, event.subject_id) == ("lead", announcement.incident.public_id)
    assert event.detail == {
        "announcement": announcement.public_id,
        "update": announcement.update.public_id,
        "reason": "It names the wrong product.",
    }
    with pytest.raises(TypeError):
        made.save()


def test_what_is_recalled_is_not_live():
    first, second = an_open_incident().announcement, an_open_incident().announcement
    take_back(first)
    assert list(Announcement.objects.live()) == [second]
    assert first.is_recalled
    assert not second.is_recalled


def test_a_second_recall_changes_nothing():
    announcement = an_open_incident().announcement
    assert take_back(announcement) == take_back(announcement, "Another reason.")
    assert Recall.objects.get().reason == "It names the wrong product."
    assert AuditEvent.objects.filter(action="recalled").count() == 1


@pytest.mark.parametrize("reason", ["", "  ", "a\u202eb", "x" * 256])
def test_a_recall_needs_a_reason_that_can_be_kept(reason):
    with pytest.raises(ValidationError) as error:
        take_back(an_open_incident().announcement, reason)
    assert list(error.value.message_dict) == ["reason"]
    assert not Recall.objects.exists()


def test_whoever_sends_is_told_of_a_recall_once():
    heard = []

    def hear(sender, announcement, **kwargs):
        heard.append(announcement)

    recalled.connect(hear)
    try:
        announcement = an_open_incident().announcement
        take_back(announcement)
        take_back(announcement)
    finally:
        recalled.disconnect(hear)
    assert heard == [announcement]


def test_the_update_stays_on_the_page(client):
    announcement = an_open_incident(body="All payments fail.").announcement
    take_back(announcement)
    assert "All payments fail." in client.get(announcement.incident.get_absolute_url()).text


def test_a_correction_knows_what_it_corrects():
    wrong = an_open_incident().announcement
    take_back(wrong)
    right = correct(wrong)
    assert right.corrects == wrong
    assert list(wrong.corrections.all()) == [right]


def test_a_correction_of_what_closed_an_incident_may_open_a_new_one():
    wrong = an_open_incident().announcement
    take_back(wrong)
    assert an_open_incident(corrects=wrong).announcement.corrects == wrong


def test_what_still_goes_out_cannot_be_corrected_yet():
    wrong = an_open_incident().announcement
    with pytest.raises(ValidationError, match="Recall it first"):
        correct(wrong)
    assert Announcement.objects.count() == 1


def test_the_same_key_with_and_without_a_correction_are_two_requests():
    wrong = an_open_incident().announcement
    take_back(wrong)
    first = correct(wrong, request_key="k")
    assert correct(wrong, request_key="k") == first
    with pytest.raises(KeyReused):
        publishing.post_update(
            incident=wrong.incident,
            status=IncidentStatus.INVESTIGATING,
            body="Only refunds fail.",
            by=None,
            at=NOON,
            request_key="k",
        )


def promising(incident, due, minutes=0, **kwargs):
    """An update that promises the next one by `due`."""
    at = NOON + timedelta(minutes=minutes)
    return publishing.post_update(
        incident=incident, status="investigating", body="We write again.", by=None, at=at, next_update_at=due, **kwargs
    )


def next_update_of(update):
    return Incident.objects.get(pk=update.incident_id).next_update_at


def hours(number):
    return NOON + timedelta(hours=number)


def test_a_promise_goes_with_the_words_that_made_it_and_the_one_before_counts_again():
    first = an_open_incident(at=NOON, next_update_at=hours(1))
    wrong = promising(first.incident, hours(3))
    take_back(wrong.announcement)
    assert next_update_of(first) == hours(1)
    promising(first.incident, hours(2), minutes=5, corrects=wrong.announcement)
    assert next_update_of(first) == hours(2)


def test_of_two_recalled_in_a_row_neither_promise_counts():
    first = an_open_incident(at=NOON, next_update_at=hours(1))
    second, third = promising(first.incident, hours(2)), promising(first.incident, hours(3), minutes=5)
    take_back(third.announcement)
    take_back(second.announcement)
    assert next_update_of(first) == hours(1)
    take_back(first.announcement)
    assert next_update_of(first) is None


def test_an_older_promise_that_is_recalled_moves_nothing():
    first = an_open_incident(at=NOON, next_update_at=hours(1))
    wrong = promising(first.incident, hours(2))
    promising(first.incident, hours(3), minutes=5)
    take_back(wrong.announcement)
    assert next_update_of(first) == hours(3)


def test_words_before_that_promised_nothing_leave_nothing_promised():
    first = an_open_incident(at=NOON)
    take_back(promising(first.incident, hours(2)).announcement)
    assert next_update_of(first) is None


def test_an_end_that_is_recalled_promises_nothing_again():
    first = an_open_incident(at=NOON, next_update_at=hours(1))
    over = publishing.post_update(incident=first.incident, status="resolved", body="Over.", by=None, at=NOON)
    take_back(over.announcement)
    assert next_update_of(first) is None


def test_page_and_board_count_the_promise_that_holds(client, admin_client):
    first = an_open_incident(next_update_at=hours(1), at=NOON)
    take_back(promising(first.incident, hours(3), minutes=1).announcement)
    assert overview.build(at=hours(0)).next_word.next_update_at == hours(1)
    assert overview.build(at=hours(2)).next_word.is_overdue
    cards = admin_client.get(reverse("console:board")).context["incidents"]
    assert [card.due_at for card in cards] == [hours(1)]
