"""The house tests itself: locks, migrations, deployment, queues. `make check` does the rest."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
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
LONGEST_LINE = 160
MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION = 250, 40
DATA = CHECKOUT / "statuspage" / "demo"  # a story, to be read from its beginning
# Tags that say nothing may stand around what is translated, whose line breaks would be the translators' too.
SILENT_TAG = re.compile(r"{% (?:if|elif|else|endif)\b.*?%}")
TRANSLATION = re.compile(r"{% blocktranslate\b.*?{% endblocktranslate %}|{% translate .*?%}")
# The state of a component, and that the form comes back from the server: on a page of its own each, or asked by both.
READ_BY_TWO = {"data-state", "data-answered"}
READ_BY_NO_SCRIPT = {"data-css-inline"}  # css_inline reads it when it makes a mail


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


def test_no_line_of_the_front_end_is_longer_than_an_editor_is_wide():
    """Templates, styles and scripts. In a text message a line is a paragraph, and a translation is one everywhere."""
    static = [file for file in (CHECKOUT / "static").rglob("*") if file.suffix in (".css", ".js")]
    templates = [file for file in (CHECKOUT / "templates").rglob("*") if file.suffix in (".css", ".html")]
    lines = [
        f"{file.relative_to(CHECKOUT)}:{number}"
        for file in (*static, *templates)
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if len(line) > LONGEST_LINE and not is_one_translation(line)
    ]
    assert lines == []


def is_one_translation(line: str) -> bool:
    """Return whether `line` holds one text to translate and nothing else that is shown."""
    return not SILENT_TAG.sub("", TRANSLATION.sub("", line, count=1)).strip()


def test_no_file_and_no_function_is_longer_than_one_reads_at_once():
    """A file that passes it holds a second noun; a function, a second thing to do."""
    rooms = [CHECKOUT / name for name in ("incidents", "statuspage", "subscribers")]
    files = {file: file.read_text() for room in rooms for file in room.rglob("*.py") if "migrations" not in file.parts}
    assert [file for file, code in files.items() if DATA not in file.parents and too_many_lines(code)] == []


def too_many_lines(code: str) -> list[str]:
    functions = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    long = [name for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION]
    return [*long, "the file"] if len(code.splitlines()) > MOST_LINES_OF_A_FILE else long


def test_a_data_attribute_means_one_thing():
    """One script reads it, whatever else there may be of that name; and what nobody reads does not stand there."""
    read = {file.name: attributes_read(file.read_text()) for file in (CHECKOUT / "static/js").glob("*.js")}
    styled = set().union(*(attributes_read(file.read_text()) for file in (CHECKOUT / "static/css").glob("*.css")))
    readers = Counter(name for names in read.values() for name in names)
    assert {name for name, number in readers.items() if number > 1} == READ_BY_TWO
    templates = "".join(file.read_text() for file in (CHECKOUT / "templates").rglob("*.html"))
    written = set(re.findall(r"\s(data-[a-z-]+)", templates))
    assert written - readers.keys() - styled == READ_BY_NO_SCRIPT


def attributes_read(text: str) -> set[str]:
    """The data- attributes that a script or a style looks at or sets."""
    camel = re.findall(r"dataset\.(\w+)", text) + re.findall(r"\"(\w+)\" in \w+\.dataset", text)
    from_script = {re.sub("[A-Z]", lambda big: f"-{big[0].lower()}", name) for name in camel}
    return {f"data-{name}" for name in from_script} | set(re.findall(r"(?:\[|attr\()(data-[a-z-]+)", text))


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
