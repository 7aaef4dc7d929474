"""Third-party data that lies beside the checkout and is never copied into it."""

from pathlib import Path

import pytest

ABSENT = "the shared third-party data is not beside this checkout"
_DIRECTORY = Path(__file__).resolve().parents[2] / "shared" / "data"
HISTORY = _DIRECTORY / "history" / "github-incidents-to-2024.jsonl"
SUMMARIES = _DIRECTORY / "v2"
BOUNCES = _DIRECTORY / "bounces"
KANNEL = _DIRECTORY / "alerts" / "kannel-delivery-reports.json"


def needed(path: Path) -> Path:
    """`path`; skips the test where it is absent."""
    if not path.exists():
        pytest.skip(ABSENT)
    return path
