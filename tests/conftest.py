"""Fixtures that every test may use."""

import shutil
import time
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import TransactionTestCase, override_settings

from statuspage.lib import budgets, language, shutdown
from subscribers.board import board, remembered
from subscribers.channels.email import transport as email
from subscribers.channels.sms import transport as sms
from subscribers.delivery import claim_size, late_outcomes, run, throttle
from subscribers.delivery.copies import fence
from tests.emptying import Emptying
from tests.sinks import HttpSink, SmtpSink, mail_to
from tests.with_tables import database_with_tables

# No test asserts a time: a busy machine is not a bug.
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")

# The last --disable-features counts, so Playwright's own are said again. The first two are the lists below the address
# bar: each window loads two pages for them, unseen, for more processor time than all else that a window takes.
_CHROMIUM_WITHOUT = [
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "AimEnabled"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "OptimizationHints"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "TcpPortRandomizationWin"),
    *("NetworkTimeServiceQuerying", "PreconnectToSearch"),
]


@pytest.fixture(scope="session", autouse=True)
def _static_files_without_manifest():
    """No collectstatic before each run: the names stay as they are in static/."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, django_db_modify_db_settings):
    """Several processes copy the tables that one has made."""
    if hasattr(request.config, "workerinput"):
        connection.settings_dict["TEST"]["TEMPLATE"] = database_with_tables()


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords():
    """Argon2 at its least: a hash takes 0.4 s of processor time, and what is tested is who may come in."""
    with pytest.MonkeyPatch.context() as patch:
        for cost, least in {"time_cost": 1, "memory_cost": 64, "parallelism": 1}.items():
            patch.setattr(Argon2PasswordHasher, cost, least)
        yield


@pytest.fixture(scope="session", autouse=True)
def _tables_emptied_cheaply():
    emptying = Emptying()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: emptying.after_test())
        yield


@pytest.fixture(scope="module")
def chromium():
    """One browser a file. Playwright keeps a loop running in this thread, which Django would refuse."""
    if not (path := shutil.which("chromium")):
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import expect, sync_playwright  # half a second that most runs of a few tests do not need

    expect.set_options(timeout=30_000)  # ms; the default of 5,000 was too short beside a load of ten

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
    flags.append(f"--disable-features={','.join(_CHROMIUM_WITHOUT)}")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def live_server(django_db_setup, live_server):
    """pytest-django's. It ends before the database does, and with all of its threads: each holds a connection."""
    live_server.thread.httpd.daemon_threads = False  # those that are none are waited for
    return live_server


@pytest.fixture(autouse=True)
def _budgets_of_its_own(monkeypatch):
    """No test uses up what the next may do; by the wall's clock, which a test can move."""
    monkeypatch.setattr(budgets, "counts", budgets.Memory(time.time))


@pytest.fixture(autouse=True)
def _no_language_is_known_yet():
    language.remember(language.ENGLISH)


@pytest.fixture(autouse=True)
def _no_time_of_ours_runs_out(monkeypatch):
    """However slow the machine is, no run is over before its work, and no count is kept for having taken long."""
    monkeypatch.setattr(run, "RUN_SECONDS", 300.0)
    monkeypatch.setattr(remembered, "LONG_SECONDS", float("inf"))
    board.forget()
    # The fence looks once a second, which no test that counts queries should see; its own tests make it look.
    monkeypatch.setattr(fence, "_look", (float("inf"), fence.OPEN))


@pytest.fixture(autouse=True)
def _no_thread_writes_past_a_transaction(request, monkeypatch):
    """What is in flight when a run ends is written down by another thread. Of a test in a transaction it sees no row,
    and what it writes all the same, such as that a provider is down, every later test would find."""
    marker = request.node.get_closest_marker("django_db")
    left = []
    if not (marker and marker.kwargs.get("transaction")):
        monkeypatch.setattr(late_outcomes, "wait_for", left.append)
    yield
    for in_flight in left:
        in_flight.detach_journal()


@pytest.fixture(autouse=True)
def _no_connection_outlives_its_test():
    yield
    throttle.forget()
    claim_size.forget()
    fence.forget()
    shutdown.reset()
    for kept in (email.kept, sms.kept):
        kept.close()


@pytest.fixture
def smtp_sink(tmp_path, settings):
    """A relay that takes all mail; say otherwise in its `on_rcpt` and `on_data`."""
    with SmtpSink(tmp_path) as sink:
        mail_to(sink, settings)
        yield sink


@pytest.fixture
def sms_sink(tmp_path, settings):
    """A plain SMS gateway that takes everything; say otherwise in its `on_post`."""
    with HttpSink(tmp_path) as sink:
        settings.SMS_URL = sink.url
        settings.EMAIL_URL = "smtp://127.0.0.1"  # a real gateway makes it no trial; the runner keeps mails in memory
        yield sink
