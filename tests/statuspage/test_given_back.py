"""What somebody typed comes back to them while the database is away, and one more press takes it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from psycopg import Connection
from psycopg import errors as pg

from incidents.models import Announcement, Bulletin, IncidentUpdate, Message
from tests.absence import AWAY, assert_503, raising, token_of
from tests.factories import a_component, an_open_incident
from tests.journeys.browsing import Form

pytestmark = pytest.mark.django_db
WORDS = "Cards are refused.\r\n\r\n- first <b>line</b>\r\n- second & last"


def opened(lead) -> tuple[str, dict]:
    incident = an_open_incident(a_component("Cards")).incident
    page = lead.get(f"/admin/console/incidents/{incident.public_id}/").text
    form = Form(page, {"body", "request_key"})
    return form.action, form.values | {"body": WORDS, "status": "mitigating"}


def test_a_publish_gives_every_word_back_and_its_button_publishes_once(lead):
    action, values = opened(lead)
    with raising(AWAY[0]):
        response = lead.post(action, values)
        again = lead.post(action, given_back(response))
    for answer in (response, again):
        assert_503(answer)
        assert "Nothing was published." in answer.text
        form = given_back(answer)
        token, posted = form.pop("csrfmiddlewaretoken"), dict(values)
        assert token
        del posted["csrfmiddlewaretoken"]
        assert unbroken(form) == unbroken(posted)
    retried = given_back(again)
    assert lead.post(action, retried).status_code == 302
    assert lead.post(action, retried).status_code == 302
    assert IncidentUpdate.objects.filter(body__contains="- second & last").count() == 1


def test_an_announcement_comes_back_whole_and_is_published_and_told_once(lead):
    page = lead.get("/admin/console/bulletins/new/").text
    form = Form(page, {"body", "request_key"})
    values = form.values | {"title": "We close", "body": WORDS, "tell": "on", "is_pinned": "on"}
    with raising(AWAY[0]):
        answer = lead.post(form.action, values)
    assert_503(answer)
    assert "Nothing was published." in answer.text
    retried = given_back(answer)
    assert [lead.post(form.action, retried).status_code for _ in range(2)] == [302, 302]
    bulletin = Bulletin.objects.get()
    assert (bulletin.title, bulletin.is_told, bulletin.is_pinned) == ("We close", True, True)
    assert "- second & last" in bulletin.body
    assert Message.objects.count() == 1


@pytest.mark.parametrize("act", ["merge", "split-off"])
def test_a_merge_and_a_split_give_every_word_back_and_are_done_once(lead, act):
    gone = an_open_incident(a_component("Cards"), a_component("Shop")).incident
    query = f"?into={an_open_incident(a_component('Reports')).incident.public_id}" if act == "merge" else ""
    action = f"/admin/console/incidents/{gone.public_id}/{act}/{query}"
    values = Form(lead.get(action).text, {"body", "request_key"}).values | {"body": WORDS}
    if act == "split-off":
        values |= {"title": "Cards fail", f"component-{gone.components.first().public_id}": "partial_outage"}
    with raising(AWAY[0]):
        answer = lead.post(action, values)
    assert_503(answer)
    form = Form(answer.text, {"csrfmiddlewaretoken"})
    assert form.action == action
    for _ in range(2):
        assert lead.post(form.action, given_back(answer)).status_code == 302
    assert IncidentUpdate.objects.filter(body__contains="- second & last").count() == 1


def unbroken(values: dict) -> dict:
    """The test's own reader of forms keeps the line break behind <textarea>, and the page's in its own spelling."""
    return {name: value.replace("\r\n", "\n").strip() for name, value in values.items()}


def given_back(response) -> dict:
    form = Form(response.text, {"csrfmiddlewaretoken"})
    # A browser leaves out the line break that stands behind <textarea>.
    return {name: value.removeprefix("\n") for name, value in form.values.items()}


@pytest.mark.parametrize(
    ("name", "label"),
    [("title", "Title"), ("body", "Text"), ("what_we_know", "What we know"), ("scheduled_for", "Begins")],
)
def test_what_was_typed_can_be_read_and_changed(lead, name, label):
    data = {name: "typed", "csrfmiddlewaretoken": token_of(lead)}
    with raising(AWAY[0]):
        page = lead.post("/admin/console/maintenances/new/", data).text
    shown = page.partition("<label")[2].partition("</div>")[0]
    assert f">{label}</label>" in shown
    assert f'name="{name}" value="typed"' in shown


def test_words_cannot_become_markup(lead):
    _, values = opened(lead)
    values = values | {"body": "</textarea><script>1</script>\n", "title": '"><script>2</script>'}
    with raising(AWAY[0]):
        response = lead.post("/admin/console/incidents/new/?template=none", values)
    assert "<script>1" not in response.text
    assert "<script>2" not in response.text
    assert given_back(response)["title"] == values["title"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_done", [True, False])
def test_a_commit_without_an_answer_is_called_unknown_and_trying_again_publishes_once(lead, monkeypatch, is_done):
    action, values = opened(lead)
    commit = Connection.commit

    def lost(self):
        if is_done:
            commit(self)
        raise pg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Connection, "commit", lost)
    response = lead.post(action, values)
    monkeypatch.undo()
    assert_503(response)
    assert "We do not know whether this was published." in response.text
    assert "cannot be published twice" in response.text
    assert lead.post(action, given_back(response)).status_code == 302
    assert IncidentUpdate.objects.filter(status="mitigating").count() == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("recall", "Nothing was recalled."),
        ("edit", "Nothing was edited."),
        ("/admin/support/deliveries/pause/?channel=sms", "Nothing was paused."),
        ("/admin/support/deliveries/failures/retry/", "Nothing was queued again."),
        ("/admin/console/maintenances/new/", "Nothing was published."),
        ("/subscribe/", "Nothing was sent yet."),
        ("/admin/incidents/incidenttemplate/add/", "Nothing was saved."),
    ],
)
def test_other_forms_give_back_what_was_typed(lead, path, words):
    update = an_open_incident(a_component())
    if path == "recall":
        announcement = Announcement.objects.get()
        path = f"/admin/console/incidents/{update.incident.public_id}/recall/{announcement.public_id}/"
    if path == "edit":
        path = f"/admin/console/incidents/{update.incident.public_id}/updates/{update.public_id}/edit/"
    data = {"reason": "Wrong number", "email": "ada@example.test", "csrfmiddlewaretoken": token_of(lead)}
    with raising(AWAY[0]):
        response = lead.post(path, data)
    assert_503(response)
    assert words in response.text
    given = given_back(response)
    assert (given["reason"], given["email"]) == (data["reason"], data["email"])
    assert f'action="{path}"' in response.text


def test_a_form_of_another_site_is_refused_before_anything_is_given_back(lead):
    with raising(AWAY[0]):
        response = lead.post("/admin/console/incidents/new/", {"body": "theirs"})
    assert response.status_code == 403
    assert "theirs" not in response.text


def test_a_form_that_was_published_is_not_called_unpublished_once_its_promise_has_passed(lead):
    """Sent again after an answer that got lost, it is not valid any more."""
    action, values = opened(lead)
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        values |= {"next_update_at": (now + timedelta(minutes=30)).isoformat(), "body": WORDS}
        response = lead.post(action, values)
        assert response.status_code == 302
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        again = lead.post(action, values)
        other = lead.post(action, values | {"body": "Something else."})
    assert (again.status_code, again["Location"]) == (302, response["Location"])
    assert other.status_code == 409
    assert "already published, with something else in it" in other.text
    assert IncidentUpdate.objects.filter(status="mitigating").count() == 1
