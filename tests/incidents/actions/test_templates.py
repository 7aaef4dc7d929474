import pytest
from django.utils import timezone

from incidents.actions import templates
from incidents.models import AuditEvent, IncidentTemplate
from tests.factories import a_user


def test_blanks_are_filled_literally_and_once():
    body = "We know: {{what_we_know}} We do: {{ what_we_are_doing }}"
    filled = templates.fill(body, {"what_we_know": "{{what_we_are_doing}} {0} \\1", "what_we_are_doing": "all"})
    assert filled == "We know: {{what_we_are_doing}} {0} \\1 We do: all"


@pytest.mark.parametrize("name", ["settings.SECRET_KEY", "user", "__class__", "what_we_know.__class__"])
def test_only_the_fixed_names_are_ever_substituted(name):
    body = "{{" + name + "}}"
    assert templates.fill(body, {name: "leaked"}) == body


def test_a_blank_without_a_value_stays_to_be_noticed():
    assert templates.fill("{{what_we_know}}", {"what_we_know": "  "}) == "{{what_we_know}}"


def test_the_blanks_of_a_text_are_named_once_in_order():
    text = "{{next_update_by}} {{what_we_know}} {{next_update_by}}"
    assert templates.blanks_in(text) == ["next_update_by", "what_we_know"]


@pytest.mark.django_db
def test_approving_says_who_answers_for_the_words():
    template = IncidentTemplate.objects.create(name="Payments", title="Payments fail")
    assert not IncidentTemplate.objects.approved().exists()
    templates.approve(template=template, by=a_user("head-of-comms"), at=timezone.now())
    assert IncidentTemplate.objects.approved().get().approved_by == "head-of-comms"
    assert AuditEvent.objects.get().action == "approved template"
