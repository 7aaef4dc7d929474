"""Whose an incident is and of what type: chosen where it is opened, and never public."""

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import corrections, recalling
from incidents.console.forms import from_recalled
from incidents.models import Incident, IncidentType
from tests.factories import a_user, an_open_incident
from tests.incidents.console.conftest import a_template

pytestmark = pytest.mark.django_db
WITHOUT = "?template=none"
SAID = {"title": "T", "body": "B"}


@pytest.fixture
def mail():
    return IncidentType.objects.create(name="Mail")


def test_without_an_answer_it_is_whoevers_who_opens_it_and_of_no_type(lead):
    form = lead.form("console:new-incident", query=WITHOUT)
    assert (form["owner"], form["type"]) == (str(lead.user.pk), "")
    lead.compose("console:new-incident", query=WITHOUT, **SAID, owner="")
    incident = Incident.objects.get()
    assert (incident.owner, incident.type) == (lead.user, None)


def test_both_are_chosen_and_staff_reads_them(lead, colleague, mail):
    lead.compose("console:new-incident", query=WITHOUT, **SAID, owner=colleague.user.pk, type=mail.pk)
    incident = Incident.objects.get()
    assert (incident.owner, incident.created_by, incident.type) == (colleague.user, lead.user, mail)
    page = lead.get("console:incident", incident.public_id).text
    assert "Owner: <bdi>Ben</bdi>" in page
    assert "<bdi>Mail</bdi>" in page


def test_only_whoever_may_publish_is_offered_and_taken(lead, colleague, support):
    page = lead.get("console:new-incident", query=WITHOUT)
    assert set(page.context["form"].fields["owner"].queryset) == {lead.user, colleague.user}
    answer = lead.compose("console:new-incident", query=WITHOUT, **SAID, owner=support.user.pk)
    assert answer.context["form"].errors["owner"] == [
        "This person may not publish (any more). Choose somebody who may."
    ]
    assert '<details class="fold more" open>' in answer.text
    assert not Incident.objects.exists()


def test_a_type_that_went_away_meanwhile_is_said(lead, mail):
    values = lead.form("console:new-incident", query=WITHOUT) | SAID | {"type": mail.pk}
    mail.delete()
    answer = lead.post("console:new-incident", values, query=WITHOUT)
    assert answer.context["form"].errors["type"] == ["This type does not exist any more. Choose another."]
    assert answer.context["form"]["body"].value() == "B"


@pytest.mark.parametrize("name", ["type", "owner"])
@pytest.mark.parametrize("value", ["x", "\0", "-1", "9" * 60, "<script>"])
def test_what_is_no_choice_is_refused_beside_the_field(lead, name, value):
    answer = lead.compose("console:new-incident", query=WITHOUT, **SAID | {name: value})
    assert list(answer.context["form"].errors) == [name]


def test_a_template_and_what_is_corrected_bring_their_type_along(lead, mail):
    template = a_template()
    template.type = mail
    template.save()
    assert lead.form("console:new-incident", query=f"?template={template.pk}")["type"] == str(mail.pk)
    wrong = an_open_incident(type=mail).announcement
    recalling.recall(announcement=wrong, reason="Wrong.", by=None, at=wrong.published_at)
    assert from_recalled(corrections.find_recalled(wrong.public_id))["type"] == mail


def test_an_action_takes_no_owner_who_may_not_publish():
    user = a_user("sam")
    with pytest.raises(ValidationError) as refused:
        an_open_incident(owner=user)
    assert refused.value.message_dict == {"owner": ["sam may not publish. Choose somebody who may."]}
