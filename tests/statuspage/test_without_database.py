"""Every door while the database is away: 503, when to come back, and nothing typed is lost."""

import json
import logging
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError, connection
from django.test import Client
from django.utils import timezone
from psycopg import Connection
from psycopg import errors as pg

from incidents.models import Announcement, IncidentUpdate
from statuspage.lib.database_away import is_away
from statuspage.roles import LEAD
from subscribers import links
from subscribers.models import Confirmation
from tests.factories import a_component, a_subscriber, a_user, an_open_incident
from tests.journeys.browsing import Form

pytestmark = pytest.mark.django_db
WORDS = "Cards are refused.\r\n\r\n- first <b>line</b>\r\n- second & last"


def caused(kind, cause):
    error = kind("it")
    error.__cause__ = cause
    return error


AWAY = [
    OperationalError("connection refused"),
    InterfaceError("connection already closed"),
    caused(OperationalError, pg.QueryCanceled("canceling statement due to statement timeout")),
    caused(OperationalError, pg.AdminShutdown("terminating connection")),
    caused(InternalError, pg.ReadOnlySqlTransaction("cannot execute UPDATE in a read-only transaction")),
    caused(InternalError, pg.IdleInTransactionSessionTimeout("terminating connection")),
]
NOT_AWAY = [
    ProgrammingError("no such column"),
    caused(InternalError, pg.InFailedSqlTransaction("current transaction is aborted")),
    ZeroDivisionError(),
]


@pytest.fixture
def lead():
    user = a_user("lead")
    user.groups.add(Group.objects.get(name=LEAD))
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    return client


def raising(error):
    def refuse(execute, sql, params, many, context):
        raise error

    return connection.execute_wrapper(refuse)


def assert_503(response):
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert response["Cache-Control"] == "no-store"
    assert "Traceback" not in response.text


@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_each_way_of_being_away_is_a_503_in_plain_words(lead, error):
    with raising(error):
        response = lead.get("/admin/console/")
    assert_503(response)
    assert "Our database does not answer." in response.text
    assert "masthead" in response.text


@pytest.mark.parametrize("error", NOT_AWAY, ids=repr)
def test_a_fault_of_the_program_stays_a_500(lead, error):
    with raising(error):
        assert lead.get("/admin/console/").status_code == 500


def test_a_wrong_query_on_sqlite_is_no_absence():
    import sqlite3

    def fault(sql, path=":memory:", **options):
        with pytest.raises(sqlite3.Error) as caught, sqlite3.connect(path, **options) as opened:
            opened.execute(sql)
        return caused(OperationalError, caught.value)

    assert not is_away(fault("SELECT * FROM nowhere"))
    assert is_away(fault("SELECT 1", "file:/nowhere/at/all?mode=ro", uri=True))


DOORS = [
    ("GET", "/subscribe/"),
    ("GET", "/admin/"),
    ("GET", "/admin/console/"),
    ("GET", "/admin/support/"),
    ("GET", "/admin/support/deliveries/"),
    ("GET", "/admin/incidents/incident/"),
    ("GET", "/outbox/"),
    ("POST", "/admin/login/"),
    ("POST", "/admin/support/deliveries/stop/"),
]


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_every_door_says_so(lead, method, path):
    data = {"csrfmiddlewaretoken": token_of(lead)}
    if "login" in path:
        data |= {"username": "lead", "password": "s3cret-of-hers"}
    with raising(AWAY[0]):
        response = lead.generic(method, path) if method == "GET" else lead.post(path, data)
    assert_503(response)
    assert "s3cret" not in response.text


def token_of(client) -> str:
    return Form(client.get("/subscribe/").text, {"email"}).values["csrfmiddlewaretoken"]


def test_links_from_messages_say_so_and_keep_their_tokens_to_themselves(client):
    subscriber = a_subscriber()
    token = links.subscription_token(subscriber)
    confirmation = links.confirmation_token(Confirmation.objects.create(subscriber=subscriber))
    with raising(AWAY[0]):
        for path in (f"/subscription/{token}/", f"/subscription/{confirmation}/confirm/"):
            for response in (client.get(path), client.post(path, {"scope": "everything"})):
                assert_503(response)
                assert response["Referrer-Policy"] == "no-referrer"
                assert "Try again" in response.text


def test_reports_are_told_in_json_so_that_their_sender_comes_again(client, settings):
    settings.SMS_URL = "https://gateway.example.test/send"
    from subscribers.channels.sms import callbacks

    with raising(AWAY[0]):
        response = client.post(
            f"/receipts/sms/incoming/?key={callbacks.incoming_key()}", {"from": "+4915112345678", "text": "STOP"}
        )
    assert_503(response)
    assert json.loads(response.content)["error"].startswith("The database does not answer")


def test_one_line_in_the_log_and_no_traceback(lead, caplog):
    with raising(OperationalError("server closed\n\tthe connection")), caplog.at_level(logging.INFO):
        lead.get("/admin/console/")
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert record.getMessage() == "GET /admin/console/: the database does not answer: server closed the connection"


def test_nobody_writes_a_line_of_the_log_by_an_address(client, caplog):
    with raising(AWAY[0]):
        client.get("/subscription/x%0A2026-11-30%20forged/")
        client.get("/badge%0A2026-11-30%20forged.svg")
        client.get("/admin/incidents/incident/%0D%0Aforged/change/")
    assert not [record for record in caplog.records if "\n" in record.getMessage() or "\r" in record.getMessage()]


# --- What was typed -------------------------------------------------------------------------------


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
        ("/admin/support/deliveries/stop/?channel=sms", "Nothing was stopped."),
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
