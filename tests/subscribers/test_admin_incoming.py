"""What people wrote is read in the admin by who may, and marked as done by a person."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from incidents.models import AuditEvent
from statuspage.accounts.roles import LEAD, SUPPORT
from subscribers.models import IncomingMessage
from tests.factories import a_subscriber, a_user

pytestmark = pytest.mark.django_db
LIST = "/admin/subscribers/incomingmessage/"
NUMBER = "+4915112345678"


def a_message(text="When is it over?", address=NUMBER, **kwargs) -> IncomingMessage:
    values = {"channel": "sms", "came_at": timezone.now(), **kwargs}
    return IncomingMessage.objects.create(address=address, text=text, **values)


def log_in(client, role=None, *, may=()):
    user = a_user()
    user.groups.set(Group.objects.filter(name=role))
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client.force_login(user)
    return user


def choose(client, action, message):
    return client.post(LIST, {"action": action, "_selected_action": [message.pk]}, follow=True)


def test_the_list_shows_who_wrote_what_and_whether_we_know_them(client):
    ada = a_subscriber(NUMBER, channel="sms")
    a_message("<b>When</b> is it over?", more=3)
    a_message("STOP", address="Acme")
    log_in(client, LEAD)
    page = client.get(LIST).text
    assert "&lt;b&gt;When&lt;/b&gt; is it over?" in page
    assert "(3 more within the hour were not kept)" in page
    assert page.count(reverse("admin:subscribers_subscriber_change", args=[ada.pk])) == 1
    pk = IncomingMessage.objects.earliest("pk").pk
    assert "&lt;b&gt;When" in client.get(reverse("admin:subscribers_incomingmessage_change", args=[pk])).text


def test_the_list_is_narrowed_to_what_is_open(client):
    a_message("still open")
    a_message("done before", done_at=timezone.now())
    log_in(client, LEAD)
    shown = client.get(LIST, {"state": "open"}).text
    assert "still open" in shown
    assert "done before" not in shown
    assert "done before" in client.get(LIST, {"state": "done"}).text


def test_the_lead_marks_it_as_done_and_it_is_written_down_who(client):
    message, lead = a_message(), log_in(client, LEAD)
    assert "1 marked as done" in choose(client, "finish", message).text
    message.refresh_from_db()
    assert message.done_by == lead
    assert f" by {lead.username}" in client.get(LIST).text
    assert AuditEvent.objects.get().by == lead
    assert "1 opened again" in choose(client, "reopen", message).text
    message.refresh_from_db()
    assert message.done_at is None


def test_whoever_only_looks_marks_nothing(client):
    message = a_message()
    log_in(client, may=["view_incomingmessage"])
    choose(client, "finish", message)
    message.refresh_from_db()
    assert message.done_at is None


def test_support_reads_none_of_it(client):
    a_message()
    log_in(client, SUPPORT)
    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize("name", ["admin:index", "deliveries:board"])
def test_the_front_pages_say_how_many_wait_to_who_may_read_them(client, name):
    page = reverse(name)
    log_in(client, LEAD)
    assert "incoming-messages" not in client.get(page).text
    a_message(done_at=timezone.now())
    assert "incoming-messages" not in client.get(page).text
    a_message()
    a_message()
    shown = client.get(page).text
    assert "2 messages that no rule understood." in shown
    assert f"{LIST}?state=open" in shown
    log_in(client, may=["view_incomingmessage", "stop_deliveries"])
    assert client.get(page).text.count("2 messages that no rule understood.") == 1
    log_in(client, may=["publish", "stop_deliveries"])
    assert "incoming-messages" not in client.get(page).text


def test_monitors_count_what_waits(client, settings):
    settings.METRICS_TOKEN = "for-prometheus"
    a_message()
    a_message(done_at=timezone.now())
    assert client.get("/readyz").json()["incoming_messages_open"] == 1
    figures = client.get("/metrics", headers={"Authorization": "Bearer for-prometheus"}).text
    assert "statuspage_incoming_messages_open 1\n" in figures
