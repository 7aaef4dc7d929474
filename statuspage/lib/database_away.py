"""The test for a fault of the database and not of the program: it refuses, hangs, hung up, or may only be read now."""

import sqlite3
import traceback

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, InternalError, OperationalError

# read_only_sql_transaction; idle_in_transaction_session_timeout and transaction_timeout, by which the server hung up
_NOT_OURS = frozenset({"25006", "25P03", "25P04"})
_PRIMARY = 0xFF  # of an SQLite result code; the rest says more exactly what


def is_away(error: BaseException | None) -> bool:
    """True for what goes by when the database is back; False for a wrong query and whatever else is the program's."""
    if isinstance(error, SessionInterrupted):  # what Django makes of a session that could not be written
        # ... out of UpdateError, out of the database's own.
        return is_away(error.__context__ and error.__context__.__context__)
    cause = error and error.__cause__
    if isinstance(cause, sqlite3.Error):
        return isinstance(error, OperationalError) and _code(cause) != sqlite3.SQLITE_ERROR
    if isinstance(error, InternalError):
        return getattr(cause, "sqlstate", None) in _NOT_OURS
    return isinstance(error, OperationalError | InterfaceError)


def is_outcome_unknown(error: BaseException) -> bool:
    """Whether it was the COMMIT that got no answer: then it may have been done."""
    return any(frame.f_code.co_name == "_commit" for frame, _ in traceback.walk_tb(error.__traceback__))


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY
