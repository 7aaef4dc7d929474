"""What needs no server: format, lint, types, import contracts, templates. `make check` and `make test` run it.

Each tool runs to its end, so that one's findings hide no other's. Exit code: 1 when one found something, else 0.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.pytest_plugin import names_of_settings

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def tools() -> Iterator[tuple[str, ...]]:
    """Yield each command, the slowest first."""
    yield ("mypy",)
    yield ("lint-imports",)
    yield ("ruff", "format", "--check", ".")
    yield ("ruff", "check", ".")
    yield ("djade", "--check", "--target-version", "5.2", *map(str, sorted((CHECKOUT / "templates").rglob("*.html"))))


def environment() -> dict[str, str]:
    """Return the environment without the developer's settings: mypy's plugin reads settings.py."""
    names = names_of_settings()
    rest = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in names}
    return rest | {"SECRET_KEY": secrets.token_urlsafe(48)}


def findings(tool: tuple[str, ...]) -> str:
    """Return what the tool said when it failed, else nothing."""
    done = subprocess.run(
        (BIN / tool[0], *tool[1:]),
        cwd=CHECKOUT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return f"--- {' '.join(tool[:3])}\n{done.stdout}" if done.returncode else ""


def main() -> int:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [said for said in pool.map(findings, tools()) if said]
    print("\n".join(found) or "Format, lint, types, contracts and templates are clean.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
