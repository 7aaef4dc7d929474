from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.actions import merging, publishing
from incidents.enums import IncidentStatus
from incidents.models import Announcement, AuditEvent
from subscribers.delivery import fanout, invariants
from subscribers.delivery.audience import recipients_of
from subscribers.models import AffectedCustomer, Delivery, Subscriber, Suppression
from subscribers.signals import deliveries_due
from subscribers.support import linking
from tests.factories import a_component, a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def update():
    return an_open_incident(a_component("Payments"), at=NOON)


@pytest.fixture
def incident(update):
    return update.incident


def link(incident, contact="ada@example.com", **kwargs):
    values = {"name": "Ada Ltd", "by": None, "at": NOON}
    return linking.link_customer(incident=incident, contact=contact, **values | kwargs)


def paste(incident, text, **kwargs):
    return linking.link_customers(incident=incident, text=text, by=None, at=NOON, **kwargs)


def test_a_linked_customer_is_an_unconfirmed_subscriber_with_name_reference_and_ticket(incident):
    user = a_user("sam")
    link(incident, "Ada@Example.com", reference="C-1", ticket_url="https://t.example.com/1", by=user)
    customer = AffectedCustomer.objects.get()
    assert (customer.name, customer.reference, customer.ticket_url) == ("Ada Ltd", "C-1", "https://t.example.com/1")
    assert (customer.linked_by, customer.linked_at) == (user, NOON)
    assert customer.subscriber.address == "ada@example.com"
    assert customer.subscriber.confirmed_at is None


def test_who_is_linked_and_subscribed_hears_an_update_once(incident):
    reader = a_subscriber("ada@example.com")
    link(incident)
    assert Subscriber.objects.count() == 1
    assert list(recipients_of(incident.announcements.get())) == [reader]
    fanout.expand(incident.announcements.get())
    assert Delivery.objects.get().subscriber == reader


def test_a_linked_customer_hears_of_this_incident_alone(incident):
    other = an_open_incident().incident
    link(incident)
    assert recipients_of(incident.announcements.get()).count() == 1
    assert not recipients_of(other.announcements.get()).exists()


def test_the_next_update_reaches_who_was_linked_after_the_last(incident):
    fanout.expand(incident.announcements.get())
    link(incident)
    assert not Delivery.objects.exists()
    publishing.post_update(
        incident=incident, status=IncidentStatus.MITIGATING, body="We found the cause.", by=None, at=NOON
    )
    latest = Announcement.objects.latest("pk")
    fanout.expand(latest)
    assert Delivery.objects.get().announcement == latest


def test_the_latest_update_can_be_sent_at_once_and_only_once(incident):
    rung = []

    def listen(channel, **kwargs):
        rung.append(channel)

    deliveries_due.connect(listen)
    announcement = incident.announcements.get()
    assert link(incident, tell_latest=True).told == 1
    assert "email" in rung
    assert Delivery.objects.get().announcement == announcement
    fanout.expand(announcement)
    assert linking.tell_latest(incident=incident, by=None, at=NOON) == 0
    assert Delivery.objects.count() == 1


def test_the_latest_update_can_be_sent_to_one_customer(incident):
    link(incident)
    link(incident, "bob@example.com")
    customer = AffectedCustomer.objects.get(subscriber__address="bob@example.com")
    assert linking.tell_latest(incident=incident, customer=customer, by=None, at=NOON) == 1
    assert Delivery.objects.get().subscriber == customer.subscriber


def test_nobody_is_told_where_nothing_was_said():
    incident = an_open_incident(is_public=False).incident
    assert link(incident, tell_latest=True).told == 0


def test_who_unsubscribed_or_is_suppressed_is_linked_and_not_written_to(incident):
    a_subscriber("left@example.com", unsubscribed_at=NOON)
    Suppression.objects.create(channel="email", address="dead@example.com", reason="550 no such user")
    result = paste(incident, "left@example.com\ndead@example.com\nada@example.com", tell_latest=True)
    assert (result.linked, result.silent, result.told) == (3, 2, 1)
    assert Delivery.objects.get().subscriber.address == "ada@example.com"
    standings = AffectedCustomer.objects.with_standing().values_list("subscriber__address", "standing")
    assert dict(standings) == {"left@example.com": "silent", "dead@example.com": "silent", "ada@example.com": "waiting"}


def test_the_same_address_twice_is_refused_beside_the_field(incident):
    link(incident)
    with pytest.raises(ValidationError) as error:
        link(incident, " ADA@example.com ")
    assert list(error.value.message_dict) == ["contact"]
    assert AffectedCustomer.objects.count() == 1


def test_bad_input_is_refused_by_field_and_writes_nothing(incident):
    with pytest.raises(ValidationError) as error:
        link(incident, "a@example.com, b@example.com", name="", ticket_url="javascript:alert(1)")
    assert set(error.value.message_dict) == {"name", "contact", "ticket_url"}
    assert not Subscriber.objects.exists()


def test_a_pasted_list_links_what_it_can_and_gives_back_the_rest(incident):
    link(incident)
    result = paste(incident, "Ada\tada@example.com\nBob\tbob@example.com\nBob\tBOB@example.com\nCy\tcy@")
    assert (result.linked, result.already) == (1, 2)
    assert [(line.number, line.text) for line in result.refused] == [(4, "Cy\tcy@")]


def test_a_pasted_list_twice_changes_nothing(incident):
    text = "Ada\tada@example.com\nBob\t+49 151 12345678"
    paste(incident, text)
    assert paste(incident, text).linked == 0
    assert AffectedCustomer.objects.count() == 2
    assert AuditEvent.objects.filter(action="linked customers").count() == 1


def test_a_long_list_takes_as_many_statements_as_a_short_one(incident):
    def statements(numbers):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            paste(incident, "\n".join(f"Customer {n}\tc{n}@example.com\tR-{n}" for n in numbers), tell_latest=True)
        return len(captured)

    assert statements(range(500, 1_000)) == statements(range(3)) <= 16
    assert AffectedCustomer.objects.count() == 503


def test_a_customer_can_be_unlinked_and_hears_no_more(incident):
    link(incident)
    customer = AffectedCustomer.objects.get()
    linking.unlink_customer(customer=customer, by=a_user("sam"), at=NOON)
    linking.unlink_customer(customer=customer, by=None, at=NOON)
    assert not recipients_of(incident.announcements.get()).exists()
    event = AuditEvent.objects.get(action="unlinked customer")
    assert (event.by_name, event.subject_id) == ("sam", incident.public_id)


def test_who_is_linked_to_what_was_merged_is_linked_to_what_goes_on_and_hears_it_once(incident):
    for contact in ("ada@example.com", "ben@example.com"):
        link(incident, contact, reference="17")
    other = an_open_incident(a_component("Shop"), at=NOON).incident
    link(other, "ben@example.com")
    update = merging.merge(incident=incident, into=other, body="Both are one.", by=None, at=timezone.now())
    fanout.expand(update.announcement)
    known = AffectedCustomer.objects.filter(incident=other).order_by("pk")
    assert [(row.subscriber.address, row.reference) for row in known] == [
        ("ben@example.com", ""),
        ("ada@example.com", "17"),
    ]
    assert sorted(row.subscriber.address for row in update.announcement.deliveries.all()) == [
        "ada@example.com",
        "ben@example.com",
    ]
    assert invariants.violations(update.announcement) == []


def test_the_audit_says_who_linked_and_keeps_no_address(incident):
    link(incident, by=a_user("sam"))
    event = AuditEvent.objects.get(action="linked customers")
    assert (event.by_name, event.at) == ("sam", NOON)
    assert event.detail == {"subscribers": [Subscriber.objects.get().pk]}


@pytest.mark.parametrize(
    ("state", "standing"),
    [("sent", "told"), ("delivered", "told"), ("queued", "waiting"), ("bounced", "failed"), ("skipped", "failed")],
)
def test_standing_follows_the_last_notice(incident, state, standing):
    link(incident, tell_latest=True)
    Delivery.objects.update(state=state)
    assert AffectedCustomer.objects.with_standing().get().standing == standing


def test_standing_before_the_first_notice_is_the_next_update(incident):
    link(incident)
    assert AffectedCustomer.objects.with_standing().get().standing == "next"
