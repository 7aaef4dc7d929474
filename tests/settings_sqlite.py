"""The settings of the tests, on SQLite in a file: what one process has in memory a second could not see."""

from statuspage.settings import *  # noqa: F403
from statuspage.settings import DATA_DIR, DATABASES
from tests.on_sqlite import FILE

DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / FILE)}
