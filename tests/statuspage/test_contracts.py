"""The import contracts of pyproject.toml refuse what they are there for: each is planted in a copy of the code."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")
CODE = ("statuspage", "incidents", "subscribers", "pyproject.toml")


@pytest.fixture
def copy(tmp_path):
    for name in CODE:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(
                CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "migrations")
            )
        else:
            shutil.copy(CHECKOUT / name, tmp_path)
    return tmp_path


def lint(copy: Path) -> subprocess.CompletedProcess:
    return subprocess.run([LINT, "--no-cache"], cwd=copy, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("incidents/page/overview.py", "from statuspage import policy", "The roof, subscribers, incidents, lib"),
        ("subscribers/people/views.py", "from .. import tasks", "Tasks are called by their name"),
        ("subscribers/board/views.py", "from .. import tasks", "Tasks are called by their name"),
        ("statuspage/errors.py", "from incidents.actions import publishing", "What serves each request"),
        ("subscribers/management/prompted.py", "from incidents.console import forms", "Subscribers know nothing of"),
        ("subscribers/board/views.py", "from incidents.console import submit", "Subscribers know nothing of"),
        ("incidents/page/overview.py", "from .. import access", "The rooms of incidents"),
        ("subscribers/channels/pool.py", "from ..delivery import ledger", "The rooms of subscribers"),
        ("subscribers/models/pause.py", "from ..channels import composing", "The rooms of subscribers"),
        ("subscribers/channels/sms/channel.py", "from ... import models", "What a channel is stands on nothing"),
        ("subscribers/board/views.py", "from ..channels.sms import segments", "What a channel is made of"),
        ("statuspage/launcher/services.py", "import django", "The launcher knows nothing"),
    ],
)
def test_an_import_that_a_contract_forbids_is_found(copy, module, line, broken):
    with open(copy / module, "a") as file:
        file.write(f"\n{line}\n")
    done = lint(copy)
    assert done.returncode
    [verdict] = [text for text in done.stdout.splitlines() if text.startswith(broken) and "BROKEN" in text]
    assert verdict


@pytest.mark.parametrize("app", ["statuspage", "incidents", "subscribers"])
def test_a_new_room_has_to_say_where_it_stands(copy, app):
    (copy / app / "somewhere.py").write_text("")
    assert "somewhere" in lint(copy).stdout
