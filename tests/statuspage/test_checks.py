"""What is missing in production is said at the start."""

import pytest
from django.core.checks import run_checks

from statuspage import checks

FULL = {
    "SITE_URL": "https://status.example.com",
    "TRUST_PROXY": True,
    "DEBUG": False,
    "REDIS_URL": "redis://redis.example.com/0",
}


@pytest.fixture
def full(settings):
    for name, value in FULL.items():
        setattr(settings, name, value)
    return settings


def found() -> list[str]:
    return [message.id for message in run_checks() if message.id.startswith("statuspage.")]


def test_where_nothing_is_missing_nothing_is_said(full):
    assert found() == []


def test_a_proxy_that_is_not_trusted_on_purpose_is_not_missing(full):
    full.TRUST_PROXY = False
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SITE_URL", "http://status.example.com", "W001"),
        ("TRUST_PROXY", None, "W002"),
        ("DEBUG", True, "W003"),
        ("REDIS_URL", None, "W005"),
    ],
)
def test_each_thing_that_is_missing_is_named_in_a_line(full, name, value, code):
    setattr(full, name, checks.data_dir.broker_url(full.DATA_DIR) if name == "REDIS_URL" else value)
    assert found() == [f"statuspage.{code}"]
    (line,) = [line for line in checks.said_at_start() if name in line]
    assert "\n" not in line
    full.SITE_URL = "http://localhost:8000"
    assert found() == []


def test_so_is_the_database_in_a_file(full, monkeypatch):
    monkeypatch.setitem(full.DATABASES["default"], "NAME", full.DATA_DIR / "statuspage.sqlite3")
    assert found() == ["statuspage.W004"]
