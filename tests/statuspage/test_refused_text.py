"""S32: what cannot be shown is refused in words at every door, beside the field where there is one."""

import io
import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from incidents.actions.importing import import_history
from incidents.actions.wording import validate
from incidents.models import Incident, TemplateStep
from statuspage.lib import markdown
from tests.incidents.actions.test_importing import a_line
from tests.incidents.console.conftest import a_template, lead  # noqa: F401

pytestmark = pytest.mark.django_db
SAID = "cannot be shown as written"


@pytest.fixture
def broken(monkeypatch):
    """The renderer has a fault that this text finds."""
    real = markdown.render

    def render(text):
        if "fault" in text:
            raise RecursionError("maximum recursion depth exceeded")
        return real(text)

    monkeypatch.setattr(markdown, "render", render)


@pytest.mark.usefixtures("broken")
def test_the_form_refuses_it_beside_the_text_and_keeps_it(lead):  # noqa: F811
    answer = lead.compose("console:new-incident", query="?template=none", title="T", severity="P3", body="A fault.")
    assert SAID in answer.context["form"].errors["body"][0]
    assert "A fault." in answer.text
    assert not Incident.objects.exists()


@pytest.mark.usefixtures("broken")
def test_the_previews_show_nothing_instead(lead):  # noqa: F811
    values = {"title": "T", "status": "investigating", "severity": "P3", "body": "A fault."}
    assert lead.post("console:page-preview", values).status_code == 200
    assert SAID in lead.post("preview:audience", values).text


@pytest.mark.usefixtures("broken")
def test_the_prompt_refuses_it_by_the_name_of_the_option():
    err = StringIO()
    with pytest.raises(SystemExit):
        call_command("incident", "open", "--title", "T", "--severity", "P3", "--body", "A fault.", stderr=err)
    assert err.getvalue().startswith("--body: This text cannot be shown")


@pytest.mark.usefixtures("broken")
def test_a_template_is_refused_beside_its_step():
    step = a_template().steps.get()
    step.body = "A fault."
    with pytest.raises(ValidationError, match=SAID) as refused:
        step.full_clean()
    assert list(refused.value.error_dict) == ["body"]
    assert TemplateStep.objects.get().body != "A fault."


@pytest.mark.usefixtures("broken")
def test_the_import_counts_the_line_and_goes_on():
    lines = [a_line(), a_line(id="2", url="https://old.example.test/incidents/5jfkz8q1mlq2")]
    lines[0]["updates"][0]["message"] = "A fault."
    data = io.BytesIO("\n".join(map(json.dumps, lines)).encode())
    at = datetime(2026, 11, 21, tzinfo=UTC)
    tally = import_history(data, name="x", by=None, at=at, create_components=True, dry_run=False)
    [(number, said)] = tally.refused
    assert (number, tally.imported) == (1, 1)
    assert SAID in said


@pytest.mark.parametrize("body", ["", " \n", "\u200b\ufeff", "---", "```\n```", "***\n\n- - -", "\u00ad"])
def test_a_text_that_shows_nothing_is_empty(body):
    with pytest.raises(ValidationError) as refused:
        validate(body=body)
    assert refused.value.message_dict == {"body": ["Write what customers should know."]}


@pytest.mark.parametrize(
    "body", ["![](https://example.com/a.png)", "<timeout>", "<!-- note -->", "[1]: https://a.test", "#"]
)
def test_what_used_to_show_nothing_is_shown(body):
    validate(body=body)
    assert markdown.plain(markdown.render(body)) in body


@pytest.mark.parametrize(
    "body", ["{{ user.name }}", "{{name}} and {{ items[0] }}", "{{region}}", "`{{ what }}` {% if %}"]
)
def test_double_braces_that_are_no_blank_of_ours_are_published_as_typed(body):
    validate(body=body, title=body)
    assert markdown.plain(markdown.render(body)) == body.replace("`", "")


@pytest.mark.parametrize("name", ["what_we_know", "what_we_are_doing", "next_update_by"])
@pytest.mark.parametrize("blank", ["{{%s}}", "{{ %s }}", "{{\t%s  }}"])
def test_a_blank_of_ours_is_refused_until_it_is_filled(name, blank):
    with pytest.raises(ValidationError, match=f"Fill the blank {{{{ {name} }}}}"):
        validate(body=f"We know {blank % name}.")
