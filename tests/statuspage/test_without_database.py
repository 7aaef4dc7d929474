"""Every door while the database is away: 503, when to come back, and a fault of ours is still a 500."""

import json
import logging

import pytest
from django.db import InternalError, OperationalError, ProgrammingError
from psycopg import errors as pg

from statuspage.lib.database_away import is_away
from subscribers import links
from subscribers.models import Confirmation
from tests.absence import AWAY, assert_503, caused, raising, token_of
from tests.factories import a_subscriber

pytestmark = pytest.mark.django_db
NOT_AWAY = [
    ProgrammingError("no such column"),
    caused(InternalError, pg.InFailedSqlTransaction("current transaction is aborted")),
    ZeroDivisionError(),
]


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
    ("POST", "/admin/support/deliveries/pause/"),
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
