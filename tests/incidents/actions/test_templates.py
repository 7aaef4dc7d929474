import pytest
from django.core.exceptions import ValidationError
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


def a_template() -> IncidentTemplate:
    template = IncidentTemplate.objects.create(name="Payments", title="Payments fail")
    template.steps.create(status="investigating", body="{{what_we_know}}")
    return template


@pytest.mark.django_db
def test_approving_says_who_answers_for_the_words():
    template = a_template()
    assert not IncidentTemplate.objects.approved().exists()
    templates.approve(template=template, by=a_user("head-of-comms"), at=timezone.now())
    assert IncidentTemplate.objects.approved().get().approved_by == "head-of-comms"
    assert AuditEvent.objects.get().action == "approved template"


@pytest.mark.django_db
def test_a_template_without_words_cannot_be_approved():
    empty = IncidentTemplate.objects.create(name="Payments", title="Payments fail")
    with pytest.raises(ValidationError, match="no text"):
        templates.approve(template=empty, by=a_user(), at=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("words_changed", [True, False])
def test_other_words_take_the_approval_away(words_changed):
    template = templates.approve(template=a_template(), by=a_user(), at=timezone.now())
    withdrawn = templates.note_saved(
        template=template, is_new=False, words_changed=words_changed, by=a_user("lead"), at=timezone.now()
    )
    assert withdrawn is words_changed
    assert IncidentTemplate.objects.approved().exists() is not words_changed
    assert AuditEvent.objects.filter(action="withdrew approval of template").exists() is words_changed


def test_blanks_that_could_never_be_filled_are_named():
    body = "{{what_we_know}} {{ user.password }} {{next_update_by}} {{Name}}"
    assert templates.unknown_blanks(body) == ["user.password", "Name"]
