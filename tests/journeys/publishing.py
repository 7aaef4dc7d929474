"""What the lead does, over HTTP."""

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from incidents.models import Announcement
from statuspage.accounts.roles import LEAD
from tests.factories import a_component, a_user
from tests.journeys.browsing import Form


def publish() -> Announcement:
    """Open an incident on a new component as the lead does: through the form. Returns what was announced."""
    component = a_component("Payments")
    lead = a_user()
    lead.groups.add(Group.objects.get(name=LEAD))
    client = Client()
    client.force_login(lead)
    url = reverse("console:new-incident") + "?template=none"
    words = {"title": "Card payments fail", "severity": "P1", "body": "Some card payments fail."}
    state = {f"component-{component.public_id}": "partial_outage"}
    answer = client.post(url, Form(client.get(url).text, {"request_key", "body"}).values | words | state)
    assert answer.status_code == 302, answer.text
    return Announcement.objects.latest("pk")
