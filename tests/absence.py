"""A database that is away, in the test's own process."""

from django.db import InterfaceError, InternalError, OperationalError, connection
from psycopg import errors as pg

from tests.journeys.browsing import Form


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


def raising(error):
    def refuse(execute, sql, params, many, context):
        raise error

    return connection.execute_wrapper(refuse)


def assert_503(response):
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert response["Cache-Control"] == "no-store"
    assert "Traceback" not in response.text


def token_of(client) -> str:
    return Form(client.get("/subscribe/").text, {"email"}).values["csrfmiddlewaretoken"]
