"""docs/running.md names the commands for production: those that `make up` runs."""

import re
from pathlib import Path

import pytest

from statuspage.launcher import services

PAPER = Path(__file__).resolve().parents[3] / "docs" / "running.md"
DATA = Path("data")
OURS = {
    "web": services.web(8000, 64),
    "worker": services.worker(),
    "scheduler": services.beat(DATA),
    "dispatch": services.dispatch(),
}
OURS_ALONE = {"--host 127.0.0.1", "--pidfile"}  # the default, and no file beside the data


def options(command: str) -> set[str]:
    """Each option with its value, `--name=value` like `--name value`."""
    words = re.split(r" (?=--)", command.removesuffix(" statuspage.wsgi:application"))[1:]
    return {part.replace("=", " ", 1).strip() for part in words}


@pytest.mark.parametrize("name", OURS)
def test_production_runs_what_make_up_runs(name):
    (row,) = re.findall(rf"^\| {name} \| `([^`]+)` \|", PAPER.read_text(), re.MULTILINE)
    command = " ".join(OURS[name].command)
    assert options(row) == options(command) - OURS_ALONE


def test_make_up_has_its_scheduler_in_a_process_that_runs_anyway():
    """As docs/running.md says that one may."""
    both = f"`dispatch {services.dispatch(DATA / 'beat-schedule').command[-1].replace('=', ' ')}`"
    assert both in PAPER.read_text()
