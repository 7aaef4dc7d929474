"""The house tests itself: locks, migrations, deployment, queues. `make check` does the rest."""

import os
import re
import subprocess
import sys
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from statuspage import celery
from subscribers.enums import Channel
from tests import check as quick_check

CHECKOUT = Path(__file__).resolve().parents[2]


def check(*command, **environment) -> None:
    done = subprocess.run(
        command, cwd=CHECKOUT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout


def test_the_whole_check_begins_with_the_quick_one():
    """A plain pytest checks no format, lint, types, contracts and templates: its last lines say so."""
    recipe = subprocess.check_output(("make", "-n", "test"), cwd=CHECKOUT, text=True)
    assert re.search(r"-m tests\.check$.*-m pytest", recipe, re.MULTILINE | re.DOTALL)


def test_the_quick_check_shows_what_each_tool_found(monkeypatch, capsys):
    python = Path(sys.executable).name
    scripts = ("print('one'); exit(1)", "print('nothing')", "print('two'); exit(2)")
    monkeypatch.setattr(quick_check, "tools", lambda: [(python, "-c", script) for script in scripts])
    assert quick_check.main() == 1
    said = capsys.readouterr().out.splitlines()
    assert {"one", "two"} <= set(said)
    assert "nothing" not in said


def test_the_quick_check_is_content_when_no_tool_found_anything(monkeypatch):
    monkeypatch.setattr(quick_check, "tools", lambda: [(Path(sys.executable).name, "-c", "")])
    assert quick_check.main() == 0


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", ["embedded"]), ("requirements-test.lock", ["anymail", "embedded", "test"])],
)
def test_a_lock_holds_every_dependency(lock, extras):
    """`make lock` after a change of pyproject.toml."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    pinned = dict(re.findall(r"^(\S+?)==([^\s;]+)", (CHECKOUT / lock).read_text(), re.MULTILINE))
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "")), requirement


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


def test_a_deployment_over_https_raises_no_warning():
    check(
        sys.executable,
        "manage.py",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        TRUST_PROXY="1",
        SITE_URL="https://status.example.com",
        EMAIL_URL="smtp+tls://user:password@relay.example.com:587",  # and no SMS, which may be meant so
    )


def test_every_task_goes_to_a_queue_that_the_workers_consume():
    celery.app.loader.import_default_modules()
    consumed = {queue.name for queue in celery.app.conf.task_queues}
    ours = [name for name in celery.app.tasks if not name.startswith("celery.")]
    assert {celery.route(name, [channel])["queue"] for name in ours for channel in Channel.values} <= consumed


def test_every_scheduled_task_exists():
    celery.app.loader.import_default_modules()
    assert {entry["task"] for entry in celery.app.conf.beat_schedule.values()} <= set(celery.app.tasks)
