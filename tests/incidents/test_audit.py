"""The audit writes down the verbs that there are, and no others."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from incidents.audit_verbs import AuditVerb
from incidents.models import AuditEvent, Site
from tests.factories import an_open_incident

CHECKOUT = Path(__file__).resolve().parents[2]
ITS_OWN = {"incidents/audit_verbs.py", "incidents/models/audit.py"}
# Words that a verb is made of, where they stand for something else: a column, a label, a help text is no verb.
PHRASES = {verb.value for verb in AuditVerb if " " in verb.value}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for app in ("incidents", "subscribers", "statuspage"):
        for file in sorted((CHECKOUT / app).rglob("*.py")):
            name = str(file.relative_to(CHECKOUT))
            if "migrations" not in file.parts and name not in ITS_OWN:
                yield name, ast.parse(file.read_text())


def is_of_the_audit(call: ast.AST, *names: str) -> bool:
    return isinstance(call, ast.Call) and any(ast.unparse(call.func).endswith(f"AuditEvent.{name}") for name in names)


def literals(node: ast.AST) -> list[str]:
    """The texts that `node` is made of, however they are put together."""
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def test_nothing_passes_a_literal_verb():
    passed = [
        (name, *literals(verb))
        for name, tree in modules()
        for call in ast.walk(tree)
        if is_of_the_audit(call, "record")
        for verb in [call.args[0], *(one.value for one in call.keywords if one.arg == "action")]
        if literals(verb)
    ]
    assert passed == []


def test_no_other_line_spells_a_verb():
    spelled = [(name, text) for name, tree in modules() for text in literals(tree) if text in PHRASES]
    assert spelled == []


def test_events_are_written_by_record_alone():
    written = [
        name
        for name, tree in modules()
        for call in ast.walk(tree)
        if is_of_the_audit(call, "objects.create", "objects.bulk_create", "objects.get_or_create")
    ]
    assert written == []


def test_each_verb_is_recorded_somewhere():
    used = {
        node.attr
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("AuditVerb")
    }
    assert used == set(AuditVerb.__members__)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["made up", "", "Published", "published "])
def test_what_is_no_verb_cannot_be_recorded(verb):
    with pytest.raises(ValueError, match="is not a valid AuditVerb"):
        AuditEvent.record(verb, Site.load(), by=None)
    with pytest.raises(ValueError, match="is not a valid AuditVerb"):
        AuditEvent(action=verb, subject="x").save()
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("verb", AuditVerb)
def test_a_verb_fits_its_column_and_comes_back(verb):
    AuditEvent.record(verb, Site.load(), by=None)
    event = AuditEvent.objects.get()
    assert (AuditVerb(event.action), event.get_action_display()) == (verb, verb.label)
    assert str(event) == f"statuspage {verb.value} {Site.load()}"


@pytest.mark.django_db
def test_the_list_names_what_was_done_and_can_be_narrowed_to_it(admin_client):
    an_open_incident(title="Cards")
    AuditEvent.record(AuditVerb.HID, Site.load(), by=None)
    listing = reverse("admin:incidents_auditevent_changelist")
    assertContains(admin_client.get(listing), '<td class="field-action">Published</td>')
    narrowed = admin_client.get(listing, {"action__exact": AuditVerb.HID})
    assertContains(narrowed, '<td class="field-action">Hid</td>')
    assertNotContains(narrowed, '<td class="field-action">Published</td>')
