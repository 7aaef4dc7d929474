"""What a member of staff sees of how we reach them."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from incidents.actions import messages
from incidents.models import Message
from subscribers.delivery.messages import list_due
from subscribers.models import Contact
from tests.factories import a_user

pytestmark = pytest.mark.django_db
PAGE = "/admin/support/me/"


def post(client, name, *args, **data):
    return client.post(reverse(f"staff:{name}", args=args), data)


def prove(client) -> None:
    post(client, "send-code", "email", **{"email-address": " Lead@Example.test "})
    code = re.search(r"\d{6}", Message.objects.first().title)[0]
    post(client, "confirm", "email", **{"email-code-code": code})


def test_an_address_is_proved_on_one_screen(clerk, smtp_sink):
    assertContains(clerk.get(PAGE), "Send a code there")
    answer = post(clerk, "send-code", "email", **{"email-address": "lead@example.test"})
    assertRedirects(answer, PAGE)
    assertContains(clerk.get(PAGE), "not verified")
    refused = post(clerk, "confirm", "email", **{"email-code-code": "1"})
    assertContains(refused, "That is not the code. 4 tries are left.", status_code=422)
    Contact.objects.all().delete()
    prove(clerk)
    page = clerk.get(PAGE)
    assertContains(page, "verified")
    assertContains(page, "What went there last: queued")
    post(clerk, "remove", "email")
    assert not Contact.objects.exists()


def test_a_wrong_address_comes_back_as_it_was_typed(clerk, smtp_sink):
    answer = post(clerk, "send-code", "email", **{"email-address": "not one"})
    assertContains(answer, "not one", status_code=422)
    assert not Contact.objects.exists()


def test_a_channel_that_is_not_offered_is_not_there(clerk, settings):
    settings.EMAIL_URL, settings.SITE_URL = "outbox:", "https://status.example.test"
    assertNotContains(clerk.get(PAGE), 'id="email-heading"')
    assert post(clerk, "send-code", "email", **{"email-address": "lead@example.test"}).status_code == 404
    assert post(clerk, "send-code", "pigeon").status_code == 404


def test_what_reached_its_person_nowhere_stands_on_every_screen_until_they_read_it(clerk, lead):
    person = Message.person.field.related_model.objects.order_by("pk").first()
    words = {"title": "An update is overdue", "body": "You promised one by **14:00**.", "path": "/admin/console/"}
    told = messages.tell_staff(person=person, key="1", at=timezone.now(), **words)
    list_due()
    for address in (PAGE, reverse("admin:index")):
        assertContains(clerk.get(address), "An update is overdue")
        assertNotContains(lead.get(address), "An update is overdue")
    assert post(lead, "put-away", told.pk).status_code == 404
    assertRedirects(post(clerk, "put-away", told.pk, next=PAGE), PAGE)
    assertNotContains(clerk.get(PAGE), "An update is overdue")


@pytest.mark.parametrize("given", ["https://elsewhere.example/", "9999-12-31T23:59", ""])
def test_nobody_is_led_elsewhere(clerk, given):
    person = a_user()
    clerk.force_login(person)
    told = messages.tell_staff(person=person, key="1", at=timezone.now(), title="Look", body="At this.")
    assertRedirects(post(clerk, "put-away", told.pk, next=given), reverse("admin:index"))
