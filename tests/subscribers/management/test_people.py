"""Importing, exporting, erasing and folding from a prompt."""

import io
import json
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from subscribers.models import ErasedAddress, Subscriber
from subscribers.people import subscribing
from tests.factories import a_subscriber

pytestmark = pytest.mark.django_db
HEADER = "channel,address,components,confirmed_at,consent"
ROW = "email,{},,2024-05-03,shop"


@pytest.fixture
def a_file(tmp_path):
    def write(*rows, header=HEADER):
        path = tmp_path / "old.csv"
        path.write_text("\n".join([header, *rows]))
        return path

    return write


def run(*args, **kwargs):
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(*map(str, args), stdout=out, stderr=err, **kwargs)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue(), err.getvalue()


def test_an_import_says_what_became_of_the_lines(a_file):
    path = a_file(ROW.format("ada@example.test"), ROW.format("ben"))
    code, out, err = run("import_subscribers", path)
    assert code == 1
    assert out.startswith("1 added, 0 unchanged, 1 refused. 2 lines in ")
    assert err.splitlines() == [
        "line 3: Check the address; it should look like name@example.com.",
        "Mend the refused lines and import the file again: what is in already stays as it is.",
    ]
    assert not path.with_name("old.csv.errors.csv").exists()
    assert run("import_subscribers", path)[1].startswith("0 added, 1 unchanged, 1 refused.")


def test_it_is_quiet_without_a_terminal_unless_asked(a_file, monkeypatch):
    monkeypatch.setattr("subscribers.management.commands.import_subscribers._LOOK_SECONDS", 0)
    path = a_file(ROW.format("ada@example.test"))
    assert run("import_subscribers", path, "--dry-run")[2] == ""
    assert "1 lines, " in run("import_subscribers", path, "-v2")[2]


def test_more_bad_lines_than_fit_are_all_in_a_file(a_file):
    path = a_file(*(ROW.format("nobody") for _ in range(130)), ROW.format("ada@example.test"))
    _code, out, err = run("import_subscribers", path)
    errors = path.with_name("old.csv.errors.csv")
    assert err.count("\nline ") == 99
    assert f"All 130 refused lines are in {errors}." in err
    assert len(errors.read_text().splitlines()) == 131
    assert out.startswith("1 added")


def test_a_dry_run_says_so(a_file):
    out = run("import_subscribers", a_file(ROW.format("ada@example.test")), "--dry-run")[1]
    assert out.startswith("Nothing is written; it would be: 1 added")
    assert not Subscriber.objects.exists()


def test_what_cannot_be_read_is_said_in_one_line(a_file, tmp_path):
    with pytest.raises(CommandError, match="must name the columns"):
        run("import_subscribers", a_file(header="name,mail"))
    with pytest.raises(CommandError, match="No such file"):
        run("import_subscribers", tmp_path / "nosuch.csv")


def test_it_reads_what_comes_in(a_file, monkeypatch):
    with a_file(ROW.format("ada@example.test")).open() as coming_in:
        monkeypatch.setattr(sys, "stdin", coming_in)
        assert run("import_subscribers", "-")[1].startswith("1 added")
        assert not coming_in.closed


def test_exporting_and_erasing_by_address():
    a_subscriber("ada@example.test")
    assert json.loads(run("export_subscriber", "Ada@Example.test")[1])["address"] == "ada@example.test"
    assert run("erase_subscriber", "ada@example.test")[1] == "Erased. 0 of their messages are kept as numbers.\n"
    assert run("erase_subscriber", "ada@example.test")[1] == "Nothing is kept of this address.\n"
    assert "asked never to be written to" in run("erase_subscriber", "ada@example.test", "--never-again")[1]
    assert ErasedAddress.objects.count() == 1
    with pytest.raises(CommandError, match="Write an e-mail address"):
        run("erase_subscriber", "ada")


def test_folding_says_how_much(settings):
    at = timezone.now() - timedelta(days=31)
    choice = {"everything": True, "components": [], "every_update": True}
    subscribing.request_subscription(channel="email", address="asked@example.test", at=at, **choice)
    said = run("roll_up_deliveries")[1]
    assert "0 deliveries are kept as counts now, 1 confirmations that nobody confirmed and 0 incoming messages" in said
    settings.DELIVERY_RETENTION_DAYS = 0
    assert "kept for ever" in run("roll_up_deliveries")[1]
