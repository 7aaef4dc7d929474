"""The papers say what is so: links, settings, commands and figures named in *.md exist."""

import argparse
import re
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import get_commands, load_command_class
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from statuspage import __version__
from statuspage.monitoring.metrics import _HELP as METRICS
from subscribers.channels.verdicts import Verdict

from .read_settings import defaults

CHECKOUT = Path(__file__).resolve().parents[2]
PAPERS = sorted(
    path
    for path in CHECKOUT.rglob("*.md")
    if not {part for part in path.relative_to(CHECKOUT).parts if part.startswith(".") or part == "data"}
)
README_WORDS = 700
PICTURE_BYTES = 150_000
APPS = ("statuspage", "incidents", "subscribers")

_FENCE = re.compile(r"^ *(```|~~~).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)(`+)(?!`)((?:(?!\n\n).)+?)(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_SETTING = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
_COMMAND = re.compile(r"\bmanage\.py +([a-z_]+)([^`\n|]*)")
_OPTION = re.compile(r"(?<=[ \[])--[a-z-]+")
_MAKE = re.compile(r"\bmake ([a-z-]+)")
_MODULE = re.compile(r"\bpython -m (tests[\w.]*)")
_PATH = re.compile(r"(?<![\w/.>-])\w[\w/]*\.py\b")
_METRIC = re.compile(r"\bstatuspage_[a-z_]+")


def name(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def prose(path: Path) -> str:
    """Return the text without blocks and pieces of code, in which nothing is a link or a heading."""
    return _CODE.sub("", _FENCE.sub("", path.read_text()))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a paper's headings, as GitHub makes them."""
    headings = _HEADING.findall(_FENCE.sub("", path.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> Iterator[str]:
    """Yield every link that stays in the checkout."""
    return (link for link in _LINK.findall(prose(path)) if not re.match(r"[a-z]+:", link))


def broken(path: Path) -> Iterator[str]:
    """Yield every link that leads nowhere, by its place or its anchor."""
    for link in links(path):
        place, _, anchor = unquote(link).partition("#")
        target = (path.parent / place).resolve() if place else path
        if not target.is_relative_to(CHECKOUT) or not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def code(path: Path) -> str:
    """Return what `prose` leaves out, a piece a line."""
    text = path.read_text()
    blocks = (found[0] for found in _FENCE.finditer(text))
    return "\n".join([*blocks, *(found[2] for found in _CODE.finditer(_FENCE.sub("", text)))])


def every_paper(pattern: re.Pattern) -> set:
    """Return what `pattern` finds in the code of all papers."""
    return {found for path in PAPERS for found in pattern.findall(code(path))}


def options_of(command: str) -> set[str]:
    """Return every option of a command of manage.py, those of its own subcommands too."""
    waiting = [load_command_class(get_commands()[command], command).create_parser("manage.py", command)]
    found = set()
    for parser in waiting:
        for action in parser._actions:
            found.update(action.option_strings)
            waiting += action.choices.values() if isinstance(action, argparse._SubParsersAction) else []
    return found


def rows_of_settings() -> dict[str, str]:
    """Return the default of each setting, as docs/settings.md shows it."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?)\|", (CHECKOUT / "docs/settings.md").read_text(), re.MULTILINE)
    assert len(dict(rows)) == len(rows), "a setting stands there twice"
    return {setting: default.strip() for setting, default in rows}


def test_there_are_papers():
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} < {name(path) for path in PAPERS}


def test_the_readme_is_short_and_its_picture_small():
    readme = (CHECKOUT / "README.md").read_text()
    assert len(readme.split()) <= README_WORDS
    (picture,) = re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", readme)
    assert (CHECKOUT / picture).stat().st_size <= PICTURE_BYTES


def test_the_readme_names_the_command_that_the_whole_check_runs():
    assert {"up", "test"} <= set(_MAKE.findall(code(CHECKOUT / "README.md")))
    assert re.search(r"^make test$", (CHECKOUT / ".ci/run").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", PAPERS, ids=name)
def test_every_link_leads_somewhere(path):
    assert list(broken(path)) == []


def test_every_paper_is_reached_from_the_readme():
    reached, waiting = set(), [CHECKOUT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        targets = ((path.parent / link.partition("#")[0]).resolve() for link in links(path))
        waiting += [target for target in targets if target.suffix == ".md"]
    assert reached >= set(PAPERS)


def test_every_setting_is_listed_and_no_other():
    assert sorted(rows_of_settings()) == sorted(defaults())


@pytest.mark.parametrize("setting", sorted(defaults()))
def test_a_settings_default_is_told(setting):
    told, so = rows_of_settings()[setting], defaults()[setting]
    if so is None:
        assert told, "it has a default, which depends on something: say on what"
    elif so:
        assert told == f"`{so}`"
    else:
        assert told == ""


def test_every_setting_that_is_named_exists():
    others = {"NAME_FILE", "REQUIRE_ALL", *(verdict.name for verdict in Verdict)}
    assert every_paper(_SETTING) - others <= set(defaults())


def test_every_command_of_manage_exists():
    assert {command for command, _ in every_paper(_COMMAND)} <= set(get_commands())


def test_every_command_of_ours_is_told():
    ours = {command for command, app in get_commands().items() if app in APPS}
    assert ours <= {command for command, _ in every_paper(_COMMAND)}


def test_every_option_of_a_command_exists():
    for command, rest in every_paper(_COMMAND):
        assert set(_OPTION.findall(rest)) <= options_of(command), command


def test_every_make_target_exists_and_is_told():
    targets = re.search(r"^\.PHONY: (.+)$", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert every_paper(_MAKE) == set(targets)


def test_every_module_of_the_tests_exists():
    for module in every_paper(_MODULE):
        path = CHECKOUT / module.replace(".", "/")
        assert (path / "__main__.py").exists() or path.with_suffix(".py").exists(), module


def test_every_module_that_is_named_exists():
    ours = [f"/{name(path)}" for part in (*APPS, "tests", "manage.py") for path in modules(CHECKOUT / part)]
    assert [named for named in every_paper(_PATH) if not any(path.endswith(f"/{named}") for path in ours)] == []


def modules(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.py"))


@pytest.mark.django_db
def test_all_that_readyz_says_is_told(client):
    paper = (CHECKOUT / "docs/operations.md").read_text()
    (rows,) = re.findall(r"^\| in `/readyz` .*\n\|---.*\n((?:\|.*\n)+)", paper, re.MULTILINE)
    told = [key for row in rows.splitlines() for key in re.findall("`([a-z_]+)`", row.split("|")[1])]
    assert sorted(told) == sorted(client.get("/readyz").json())


def test_every_figure_exists_and_is_told():
    assert every_paper(_METRIC) == set(METRICS)


@pytest.mark.django_db(transaction=True)
def test_the_recipe_for_an_index_builds_and_removes_it():
    (recipe,) = re.findall(r"```python\n(.*?)```", (CHECKOUT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    written = {}
    exec(textwrap.dedent(recipe), written)  # our own paper
    migration = written["Migration"]("recipe", "subscribers")
    before = MigrationLoader(connection).project_state()
    with connection.schema_editor(atomic=migration.atomic) as editor:
        migration.apply(before.clone(), editor)
        assert "delivery_sent" in indexes_of("subscribers_delivery")
        migration.unapply(before.clone(), editor)
    assert "delivery_sent" not in indexes_of("subscribers_delivery")


def indexes_of(table: str) -> set[str]:
    """Return the names of the indexes and constraints of a table."""
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, table))


def test_the_newest_changes_are_those_of_the_version_that_runs():
    assert __version__ == tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
    newest = re.search(r"^## (\S+)", (CHECKOUT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest[1] == __version__
