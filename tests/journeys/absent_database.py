"""Ways of a PostgreSQL to be away, and what is asked of the web process meanwhile."""

import signal
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

import psycopg

from statuspage.lib import tokens
from tests.journeys.browsing import Visitor

PASSWORD = "for-this-test-only"


def answers(web) -> bool:
    return web.get("/subscribe/")[0] == 200 and web.get("/")[0] == 200


@contextmanager
def asked(postgres):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("SET statement_timeout = 0")
        connection.execute("SET synchronous_commit = on")  # what it writes outlives a kill
        yield connection


def forget_connections(postgres):
    with asked(postgres) as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


@contextmanager
def killed(postgres, proxy):
    postgres.kill(signal.SIGQUIT)
    yield


@contextmanager
def cut_off(postgres, proxy):
    proxy.reset()
    try:
        yield
    finally:
        proxy.heal()


@contextmanager
def silent(postgres, proxy):
    proxy.black_hole()
    try:
        yield
    finally:
        proxy.heal()


@contextmanager
def locked(postgres, proxy):
    """It answers, and gives up each question after a while."""
    with asked(postgres) as cursor:
        cursor.execute("ALTER DATABASE postgres SET statement_timeout = '500ms'")
    forget_connections(postgres)
    tables = "incidents_site, incidents_component, django_session, subscribers_subscriber, auth_user"
    with asked(postgres) as holder, holder.transaction():
        holder.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def read_only(postgres, proxy):
    with asked(postgres) as cursor:
        cursor.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
    forget_connections(postgres)
    yield


FAULTS = [killed, cut_off, silent, locked, read_only]


def mend(postgres):
    """Undo what outlives each of FAULTS."""
    if postgres.process.poll() is not None:
        postgres.start()
    with asked(postgres) as cursor:
        cursor.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
        cursor.execute("ALTER DATABASE postgres RESET statement_timeout")
    forget_connections(postgres)


def a_token(postgres) -> str:
    """Of a new subscriber, as a mail would hold it."""
    with asked(postgres) as cursor:
        (pk,) = cursor.execute(
            "INSERT INTO subscribers_subscriber (channel, address, everything, every_update, confirmed_at, "
            "link_version, created_at) VALUES ('email', gen_random_uuid() || '@example.test', true, true, "
            "now() - interval '1 day', 1, now()) RETURNING id"
        ).fetchone()
    return tokens.make("subscription", pk, 1)


def is_subscribed(postgres, token) -> bool:
    pk, _ = tokens.read("subscription", token)
    with asked(postgres) as cursor:
        query = "SELECT unsubscribed_at IS NULL FROM subscribers_subscriber WHERE id = %s"
        return cursor.execute(query, [pk]).fetchone()[0]


def answer(web, path, body=None, cookies=""):
    """(status, headers, text) of the very answer, without following it."""
    data = urllib.parse.urlencode(body).encode() if body is not None else None
    headers = {"Cookie": cookies, "Referer": f"http://127.0.0.1:{web.port}{path}"}
    request = urllib.request.Request(f"http://127.0.0.1:{web.port}{path}", data, headers)
    opener = urllib.request.build_opener(_Stay(), urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as found:
            return found.status, found.headers, found.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def log_in(web) -> Visitor:
    lead = Visitor(f"http://127.0.0.1:{web.port}")
    lead.log_in("lead", PASSWORD)
    assert lead.status == 200
    return lead


def cookies_of(visitor) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.cookies)
