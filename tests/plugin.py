"""Starts the servers that the tests speak to, before Django reads its settings, once for all test processes."""

import os
import tempfile

import pytest

from tests.servers import Postgres, Redis

_servers = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    os.environ["DJANGO_SETTINGS_MODULE"] = "statuspage.settings"
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    postgres, redis = Postgres(), Redis()
    for server in (postgres, redis):
        _servers.append(server)
        server.start()
    os.environ |= {
        "SECRET_KEY": "for-the-tests-only-and-fifty-characters-long-or-more-0123456789",
        "SITE_URL": "http://status.example.test",
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "DATA_DIR": tempfile.mkdtemp(prefix="statuspage-data-"),
    }


def pytest_terminal_summary(terminalreporter):
    for server in _servers:
        terminalreporter.write_line(f"ran on {server.version} at port {server.port}")


def pytest_unconfigure():
    for server in reversed(_servers):
        server.stop()
    _servers.clear()
