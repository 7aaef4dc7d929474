import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Announcement
from tests.factories import a_user, an_open_incident
from tests.incidents.console.conftest import GatewayClient

pytestmark = pytest.mark.django_db


def addresses():
    incident = an_open_incident().incident
    return [
        reverse("console:board"),
        reverse("console:new-incident"),
        reverse("console:new-maintenance"),
        reverse("console:page-preview"),
        reverse("console:incident", args=[incident.public_id]),
        reverse("console:update", args=[incident.public_id]),
    ]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_asked_to_log_in_and_comes_back(method):
    for address in addresses():
        answer = getattr(Client(), method)(address)
        assert answer.status_code in (302, 405), address
        if answer.status_code == 302:
            assert answer["Location"].startswith(reverse("admin:login"))


def test_who_lost_the_session_while_publishing_comes_back_to_the_form():
    incident = an_open_incident().incident
    answer = Client().post(reverse("console:update", args=[incident.public_id]), {"body": "Typed."})
    assert answer["Location"].endswith(f"next={reverse('console:incident', args=[incident.public_id])}")


def test_a_fragment_asked_for_after_the_session_ended_leaves_the_form_alone():
    answer = Client().post(
        reverse("console:page-preview"),
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/admin/console/incidents/new/?template=1"},
    )
    assert answer["HX-Retarget"] == "#session-note"
    assert "/admin/console/incidents/new/%3Ftemplate%3D1" in answer.text


@pytest.mark.parametrize("said", ["http://[", "javascript:1", "http://evil.example/admin/", ""])
def test_a_fragment_that_does_not_say_where_it_stands_leads_to_the_board(said):
    answer = Client().post(reverse("console:page-preview"), headers={"HX-Request": "true", "HX-Current-URL": said})
    assert answer["HX-Retarget"] == "#session-note"
    assert f"next={reverse('console:board')}" in answer.text


def test_staff_without_the_permission_and_customers_are_kept_out(support):
    customer = GatewayClient(a_user())
    type(customer.user).objects.filter(pk=customer.user.pk).update(is_staff=False)
    for address in addresses():
        is_readable = "/incidents/" in address and "new" not in address and "updates" not in address
        assert support.client.post(address).status_code == (405 if is_readable else 403), address
        assert customer.client.post(address).status_code in (302, 405), address
        assert support.client.get(address).status_code == (200 if is_readable else 403), address


def test_support_reads_an_incident_without_a_form(support):
    incident = an_open_incident(title="Card payments fail").incident
    page = support.get("console:incident", incident.public_id).text
    assert "Card payments fail" in page
    assert "Some card payments fail." in page
    assert 'name="body"' not in page
    assert reverse("console:board") not in page


def test_support_cannot_publish(support):
    update = an_open_incident()
    values = {"status": "resolved", "body": "Mine.", "seen": update.public_id, "request_key": "k"}
    assert support.post("console:update", values, update.incident.public_id).status_code == 403
    assert Announcement.objects.count() == 1


def test_a_deactivated_account_is_out_at_once(lead):
    type(lead.user).objects.filter(pk=lead.user.pk).update(is_active=False)
    assert lead.get("console:board").status_code == 302


def test_publishing_needs_the_token_of_the_form(lead):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(lead.user)
    assert strict.post(reverse("console:new-incident"), {"body": "x"}).status_code == 403


def test_the_front_page_of_the_admin_shows_the_console_to_who_may_publish(lead, support):
    assert reverse("console:new-incident") in lead.client.get("/admin/").text
    assert reverse("console:new-incident") not in support.client.get("/admin/").text


# The database refuses to be asked for a NUL.
@pytest.mark.parametrize("code", ["000000000000", "%00", "%00%1BV%2BH", "%EF%BF%BD"])
def test_an_unknown_incident_is_not_found(lead, code):
    path = f"/admin/console/incidents/{code}"
    assert lead.client.get(f"{path}/").status_code == 404
    assert lead.client.post(f"{path}/updates/").status_code == 404
    assert lead.client.post(f"{path}/recall/{code}/").status_code == 404
