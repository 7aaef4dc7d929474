import psycopg
import pytest
from django.conf import settings

from statuspage.lib.db_timeout import limit_waits
from tests.proxy import Proxy


@pytest.fixture
def patient(monkeypatch):
    """Half a second's, for this test only."""
    monkeypatch.setattr(psycopg.Connection, "wait", psycopg.Connection.wait)
    limit_waits(0.5)


@pytest.fixture
def proxy():
    with Proxy(int(settings.DATABASES["default"]["PORT"])) as proxy:
        yield proxy


def connect(proxy):
    return psycopg.connect(f"postgres://postgres@127.0.0.1:{proxy.port}/postgres", connect_timeout=3, autocommit=True)


@pytest.mark.usefixtures("patient")
def test_a_question_that_is_swallowed_ends_with_an_error_and_its_connection(proxy):
    with connect(proxy) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        proxy.black_hole()
        with pytest.raises(psycopg.OperationalError, match=r"did not answer within 0\.5 s"):
            connection.execute("SELECT 2")
        assert connection.closed
    proxy.heal()
    with connect(proxy) as again:
        assert again.execute("SELECT 3").fetchone() == (3,)


@pytest.mark.usefixtures("patient")
def test_an_answer_in_time_is_an_answer(proxy):
    proxy.delay(0.05)
    with connect(proxy) as connection:
        assert connection.execute("SELECT pg_sleep(0.2)").fetchone() == ("",)


def test_a_reset_connection_is_an_error_at_once(proxy):
    with connect(proxy) as connection:
        proxy.reset()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        connect(proxy)
