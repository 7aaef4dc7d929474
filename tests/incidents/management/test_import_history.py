import json
from collections import Counter
from itertools import pairwise

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from incidents.models import Announcement, Component, Incident, IncidentUpdate, Maintenance, StatusChange
from tests.incidents.actions.test_importing import a_line
from tests.shared_data import HISTORY, needed

pytestmark = pytest.mark.django_db


def dump() -> dict:
    """Every row of every table of ours."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for label in ("incidents", "subscribers")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    }


def test_broken_lines_are_named_on_stderr_and_the_rest_goes_in(tmp_path, capsys):
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join([json.dumps(a_line(impact="huge")), json.dumps(a_line()), "{"]))
    with pytest.raises(SystemExit) as stop:
        call_command("import_history", file, "--create-components")
    out, err = capsys.readouterr()
    assert stop.value.code == 1
    assert out == "Components created: Codespaces.\n1 imported, 0 already here, 2 lines refused: 1, 3.\n"
    assert err.splitlines()[0].startswith("line 1: impact 'huge' is unknown")
    assert err.splitlines()[1].startswith("line 3: it is not JSON")
    assert Incident.objects.count() == 1


def test_what_is_kept_otherwise_than_it_stood_is_said(tmp_path, capsys):
    file = tmp_path / "history.jsonl"
    file.write_text(json.dumps(a_line(title="\u200eCodespaces")))
    call_command("import_history", file, "--create-components")
    assert "1x invisible marks taken out.\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nowhere.jsonl", "."])
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path, name):
    with pytest.raises(CommandError, match=r"Cannot read .*: (No such file|Is a directory)"):
        call_command("import_history", tmp_path / name)


def test_the_real_history_goes_in_whole_and_twice_changes_nothing(capsys):
    real = needed(HISTORY)
    call_command("import_history", real, "--create-components")
    assert capsys.readouterr().out.endswith("399 imported, 0 already here.\n")
    assert_all_is_here([json.loads(line) for line in real.read_text().strip().split("\n")])
    assert not Announcement.objects.exists()
    before = dump()
    call_command("import_history", real, "--create-components")
    assert capsys.readouterr().out.endswith("0 imported, 399 already here.\n")
    assert dump() == before


def assert_all_is_here(lines):
    assert (Incident.objects.count(), Maintenance.objects.count()) == (389, 10)
    assert set(Incident.all_kinds.values_list("public_id", flat=True)) == {line["url"][-12:] for line in lines}
    assert Counter(IncidentUpdate.objects.values_list("body", flat=True)) == Counter(
        update["message"] for line in lines for update in line["updates"]
    )
    assert set(Component.objects.values_list("name", "status")) == {
        (name, "operational") for line in lines for name in line.get("components") or []
    }
    for component in Component.objects.all():
        changes = list(StatusChange.objects.filter(component=component))
        assert changes[-1].status == "operational"
        assert len({change.at for change in changes}) == len(changes)
        assert all(one.status != next_one.status for one, next_one in pairwise(changes))
