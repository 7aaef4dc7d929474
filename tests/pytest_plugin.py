"""Starts the servers that the tests speak to, before Django reads its settings, once for all test processes."""

import gc
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from tests import warm_starts
from tests.made_once import RUN
from tests.servers import Postgres, Redis
from tests.shared_data import ABSENT

_CHECKOUT = Path(__file__).parent.parent
_REQUIRE_ALL = bool(os.environ.get("REQUIRE_ALL"))
_ran_on = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    os.environ["DJANGO_SETTINGS_MODULE"] = "statuspage.settings"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # see the Makefile; a plain pytest starts as many processes
    sys.dont_write_bytecode = False
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        _settle_worker(int(worker.removeprefix("gw")))
        return
    _forget_the_developers_settings()
    signal.signal(signal.SIGTERM, _as_interrupt)
    # Kept whatever happens next: a broken conftest, an unknown option, Ctrl-C.
    home = Path(tempfile.mkdtemp(prefix="statuspage-tests-"))
    early_config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    home.chmod(0o711)  # PostgreSQL runs as somebody else when we are root
    postgres, redis = Postgres(home), Redis(home)
    for server in (postgres, redis):
        early_config.add_cleanup(server.stop)
        server.start()
        _ran_on.append(f"{server.version}, port {server.port}")
    os.environ[RUN] = str(home)
    if sys.platform == "linux":
        early_config.add_cleanup(warm_starts.listen().kill)
    _ran_on.append(f"aiosmtpd {version('aiosmtpd')} and Python's http.server as mail relay and SMS gateway")
    _ran_on.append(_chromium())
    _ran_on.append(_nginx())
    (home / "data").mkdir()
    os.environ |= {
        "SECRET_KEY": "for-the-tests-only-and-fifty-characters-long-or-more-0123456789",
        "SITE_URL": "http://status.example.test",
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "DATA_DIR": str(home / "data"),
    }


def _chromium() -> str:
    found = shutil.which("chromium")
    if not found:
        return "no Chromium: the browser's tests are skipped (apt install chromium)"
    return subprocess.check_output([found, "--version"], text=True, stderr=subprocess.DEVNULL).strip()


def _nginx() -> str:
    if not (found := shutil.which("nginx")):
        return "no nginx: what stands in for the program is not tested (apt install nginx-light)"
    return subprocess.run([found, "-v"], stderr=subprocess.PIPE, text=True).stderr.partition(": ")[2].strip()


def _settle_worker(number: int) -> None:
    """A Redis database and a data directory of its own; pytest-django names the databases apart."""
    os.environ["REDIS_URL"] = re.sub(r"\d+$", str(number + 1), os.environ["REDIS_URL"])
    data_dir = Path(os.environ["DATA_DIR"]) / str(number)
    data_dir.mkdir(exist_ok=True)
    os.environ["DATA_DIR"] = str(data_dir)


def names_of_settings() -> list[str]:
    """Every name of .env.example."""
    return re.findall(r"^#?([A-Z_]+)=", (_CHECKOUT / ".env.example").read_text(), re.MULTILINE)


def _forget_the_developers_settings() -> None:
    """Whoever has EMAIL_URL set for real does not mail from a test."""
    for name in names_of_settings():
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)


def _as_interrupt(number, frame):
    """So that pytest cleans up after `timeout` and a cancelled CI run as after Ctrl-C."""
    raise KeyboardInterrupt


def pytest_terminal_summary(terminalreporter):
    for line in _ran_on:
        terminalreporter.write_line(f"ran on {line}")
    terminalreporter.write_line("not in here: format, lint, types, import contracts, templates (make check)")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """What the collection makes lives until the end: no search for garbage goes through it."""
    gc.disable()
    result = yield
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
    return result


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """What takes long is begun first: else one process is left with it at the end, and the others have nothing to do.

    By two of the processes, which wait in most of it, so that two others find the processor free. Last, for
    pytest-django sorts by what a test needs of the database.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = long_first(items, lambda item: item.get_closest_marker("long"), each=len(items) // workers)


def long_first(items: list, is_long: Callable, *, each: int) -> list:
    """`each`: how many xdist hands to a process at first, in their order."""
    long = [item for item in items if is_long(item)]
    rest = [item for item in items if not is_long(item)]
    first, second = (long[::2], long[1::2]) if each < len(items) else (long, [])
    cut = max(each - len(first), 0)
    return [*first, *rest[:cut], *second, *rest[cut:]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """With REQUIRE_ALL=1 a part that is missing fails the test that wants it: a skip cannot hide.

    But for third-party data: nobody can install that.
    """
    report = yield
    if _REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail") and ABSENT not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped, and REQUIRE_ALL is set: {report.longrepr[2]}"
    return report
