"""The types of incidents in the admin: added, named anew, put in order; one in use stays."""

import pytest
from django.urls import reverse

from incidents.audit_verbs import AuditVerb
from incidents.models import AuditEvent, IncidentTemplate, IncidentType
from tests.factories import an_open_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail():
    return IncidentType.objects.create(name="Mail", position=9)


def url(page, *args) -> str:
    return reverse(f"admin:incidents_incidenttype_{page}", args=args)


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_one_is_added_named_anew_and_deleted_and_the_audit_knows(admin_client):
    admin_client.post(url("add"), {"name": "Mail", "position": 3})
    mail = IncidentType.objects.get(name="Mail")
    admin_client.post(url("change", mail.pk), {"name": "E-mail", "position": 3})
    mail.refresh_from_db()
    assert mail.name == "E-mail"
    admin_client.post(url("delete", mail.pk), {"post": "yes"})
    assert not IncidentType.objects.filter(pk=mail.pk).exists()
    assert verbs() == [AuditVerb.ADDED_TYPE, AuditVerb.CHANGED_TYPE, AuditVerb.DELETED_TYPE]


def test_a_name_is_there_once(admin_client, mail):
    assert "already exists" in admin_client.post(url("add"), {"name": "Mail", "position": 1}).text


def test_they_are_offered_in_the_order_of_the_list(mail):
    first = IncidentType.objects.create(name="Zebra", position=0)
    assert list(IncidentType.objects.filter(name__in=["Mail", "Zebra"])) == [first, mail]


def test_one_in_use_stays_and_says_why(admin_client, mail):
    an_open_incident(type=mail)
    IncidentTemplate.objects.create(name="Mail", title="Mail fails", type=mail)
    answer = admin_client.post(url("delete", mail.pk), {"post": "yes"}, follow=True)
    why = "In use: 1 incident and 1 template of this type. Give it another name instead."
    assert why in answer.text
    assert why in admin_client.get(url("change", mail.pk)).text
    assert IncidentType.objects.filter(pk=mail.pk).exists()


def test_a_template_may_name_one(admin_client, mail):
    page = admin_client.get(reverse("admin:incidents_incidenttemplate_add")).text
    assert f'<option value="{mail.pk}">Mail</option>' in page
