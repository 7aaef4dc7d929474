"""The house tests itself: style, arrows, templates, migrations, deployment."""

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

CHECKOUT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def check(*command, **environment) -> None:
    done = subprocess.run(
        command, cwd=CHECKOUT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout


def test_the_code_is_free_of_what_ruff_finds():
    check(BIN / "ruff", "check", ".")


def test_the_code_has_the_formatters_shape():
    check(BIN / "ruff", "format", "--check", ".")


def test_imports_follow_the_arrows_and_floors():
    check(BIN / "lint-imports")


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


def test_templates_have_the_formatters_shape():
    templates = sorted((CHECKOUT / "templates").rglob("*.html"))
    check(BIN / "djade", "--check", "--target-version", "5.2", *templates)


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
