"""What PostgreSQL passes on of a change of the page, and when."""

import threading
from queue import Empty, SimpleQueue

import pytest
from django.db import OperationalError, connection, transaction

from incidents.models import Site
from statuspage.lib import page_changes
from tests.web import eventually

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 20.0  # a busy machine's


class Listener:
    """Listens in a thread of its own until its connection is ended; `heard` gets a word each time."""

    def __init__(self):
        Site.load()
        self.heard, self.error = SimpleQueue(), None
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()
        self.heard.get(timeout=SECONDS)  # it listens

    def _listen(self):
        try:
            page_changes.listen(lambda: self.heard.put("changed"))
        except OperationalError as error:
            self.error = error

    def end(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid()"
            )
        self.thread.join(SECONDS)


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.end()


def test_a_change_is_heard_once_it_is_committed_and_not_before(listener):
    with transaction.atomic():
        Site.raise_page_version()
        with pytest.raises(Empty):
            listener.heard.get(timeout=0.3)
    assert listener.heard.get(timeout=SECONDS)


def test_many_changes_of_one_transaction_are_heard_once(listener):
    with transaction.atomic():
        Site.raise_page_version()
        Site.raise_page_version(withdraws=True)
    assert listener.heard.get(timeout=SECONDS)
    with pytest.raises(Empty):
        listener.heard.get(timeout=0.3)


def test_what_is_taken_back_is_not_heard(listener):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Site.raise_page_version()
        raise ZeroDivisionError
    Site.raise_page_version()
    assert listener.heard.get(timeout=SECONDS)
    assert listener.heard.empty()


def test_nothing_of_what_changed_is_told():
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {page_changes.CHANNEL}")
        Site.raise_page_version()
        notices = list(connection.connection.notifies(timeout=SECONDS, stop_after=1))
        cursor.execute("UNLISTEN *")
    assert [notice.payload for notice in notices] == [""]


def test_a_lost_connection_is_an_error_and_holds_nothing(listener):
    listener.end()
    assert not listener.thread.is_alive()
    assert listener.error is not None


def test_a_connection_that_is_silent_has_to_prove_that_it_is_alive(monkeypatch):
    """As behind a box that forgot it: the question that gets no answer ends it, see db_timeout."""
    monkeypatch.setattr(page_changes, "PROVE_EVERY", 0.05)
    listener = Listener()

    def has_asked():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query = %s", [page_changes.PROOF])
            return cursor.fetchone()[0]

    try:
        eventually(has_asked)
        Site.raise_page_version()
        assert listener.heard.get(timeout=SECONDS), "and listens on"
    finally:
        listener.end()
