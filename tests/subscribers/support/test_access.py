"""Who may open which of support's screens."""

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Incident
from subscribers.models import AffectedCustomer, Delivery, Subscriber
from subscribers.support.linking import link_customer
from tests.factories import an_open_incident

FOR_SUPPORT = (
    "support:home",
    "support:customers",
    "support:customer-list",
    "support:unlink",
    "support:customer-deliveries",
    "deliveries:progress",
)
FOR_THE_LEAD = ("preview:audience", "preview:mail")
CHANGING = ("support:customers", "support:customer-list", "support:unlink", "support:latest-update")


@pytest.fixture
def address(incident):
    link_customer(incident=incident, name="Ada", contact="ada@example.com", by=None, at=incident.started_at)
    customer = AffectedCustomer.objects.get()
    arguments = {
        "support:customers": [incident.public_id],
        "support:customer-list": [incident.public_id],
        "support:latest-update": [incident.public_id],
        "deliveries:progress": [incident.public_id],
        "support:unlink": [incident.public_id, customer.pk],
        "support:customer-deliveries": [customer.subscriber_id],
    }
    return lambda name: reverse(name, args=arguments.get(name, []))


@pytest.mark.parametrize("name", [*FOR_SUPPORT, *FOR_THE_LEAD])
def test_a_stranger_is_asked_to_log_in_and_comes_back(address, name):
    answer = Client().get(address(name))
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('admin:login')}?next={address(name)}"


@pytest.mark.parametrize("name", [*FOR_SUPPORT, *FOR_THE_LEAD])
def test_staff_without_the_permission_are_refused(address, clerk, name):
    assert clerk.get(address(name)).status_code == 403


@pytest.mark.parametrize("name", FOR_SUPPORT)
def test_support_opens_its_screens_and_nobody_keeps_a_copy(address, support, name):
    answer = support.get(address(name))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("name", FOR_THE_LEAD)
def test_support_sees_no_preview(address, support, name):
    assert support.get(address(name)).status_code == 403


@pytest.mark.parametrize("name", [*FOR_SUPPORT, *FOR_THE_LEAD])
def test_the_lead_may_see_all_of_it(address, lead, name):
    assert lead.get(address(name)).status_code == 200


@pytest.mark.parametrize("name", CHANGING)
@pytest.mark.parametrize("who", ["clerk", "stranger"])
def test_nobody_else_changes_anything(address, clerk, name, who):
    client = clerk if who == "clerk" else Client()
    form = {"name": "Eve", "contact": "eve@example.com", "text": "eve@example.com", "link": "1", "tell_latest": "on"}
    assert client.post(address(name), form).status_code in (302, 403)
    assert Subscriber.objects.get().address == "ada@example.com"
    assert AffectedCustomer.objects.count() == 1
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("name", CHANGING)
def test_a_forged_request_is_refused(address, support, name):
    forging = Client(enforce_csrf_checks=True)
    forging.cookies = support.cookies
    assert forging.post(address(name), {"name": "Eve", "contact": "eve@example.com"}).status_code == 403
    assert AffectedCustomer.objects.count() == 1


def test_support_cannot_publish(support, incident):
    update = {"status": "resolved", "body": "Over.", "request_key": "k"}
    assert support.post(reverse("console:update", args=[incident.public_id]), update).status_code == 403
    assert support.get(reverse("console:new-incident")).status_code == 403
    assert Incident.objects.get().is_open
    assert incident.updates.count() == 1


def test_the_front_page_leads_support_to_the_customers_question(support, clerk):
    offered = f'href="{reverse("support:home")}">What did this customer get?'
    assert offered in support.get(reverse("admin:index")).text
    assert offered not in clerk.get(reverse("admin:index")).text


@pytest.mark.parametrize("name", ["customers", "customer-list"])
def test_an_unknown_incident_is_not_found(support, address, name):
    assert support.get(reverse(f"support:{name}", args=["nosuch000000"])).status_code == 404


def test_a_customer_of_another_incident_cannot_be_unlinked_by_way_of_this_one(support, address):
    other = an_open_incident().incident
    customer = AffectedCustomer.objects.get()
    assert support.post(reverse("support:unlink", args=[other.public_id, customer.pk])).status_code == 404
    assert AffectedCustomer.objects.exists()


def test_no_customer_appears_in_public_answers(address, incident):
    stranger = Client()
    for name, args in (("page", []), ("incident", [incident.public_id]), ("history-rss", [])):
        text = stranger.get(reverse(name, args=args)).text
        assert "ada@example.com" not in text
        assert ">Ada<" not in text
