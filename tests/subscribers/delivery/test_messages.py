"""The ledger carries any message: to staff ahead of all, to others by lists, each once, with the same promises."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from incidents.actions import messages as writing
from incidents.enums import TO_STAFF, MessageKind
from incidents.models import Message
from subscribers.channels.composing import compose
from subscribers.channels.message_to import MessageTo
from subscribers.channels.reports import Event, Report
from subscribers.channels.verdicts import Verdict
from subscribers.delivery import dispatch, drain, invariants, ledger, messages, pauses, reports, retention
from subscribers.delivery.copies import deciding, handed_over
from subscribers.delivery.journal import Mark
from subscribers.enums import Channel, DeliveryCause, DeliveryState, RecipientKind
from subscribers.models import Contact, Delivery, Subscriber, Suppression
from tests.deliveries import announced, states, the_worker_dies, time_passes
from tests.factories import a_subscriber, a_user

pytestmark = pytest.mark.django_db
MAIL, PHONE = "lead@example.test", "+12025550123"


def a_contact(person=None, address=MAIL, channel="email", kind=RecipientKind.STAFF, **kwargs) -> Contact:
    kwargs.setdefault("verified_at", timezone.now())
    return Contact.objects.create(person=person, address=address, channel=channel, kind=kind, **kwargs)


@pytest.fixture
def lead():
    person = a_user("lead")
    a_contact(person)
    return person


def told(person, key="overdue:1", **kwargs) -> Message:
    words = {"title": "An update is overdue", "body": "You promised one by 14:00."}
    return writing.tell_staff(person=person, key=key, at=timezone.now(), **words | kwargs)


def sent_to(sink) -> list[str]:
    return [entry["to"] for entry in sink.journal.entries()]


def violations(message, settled=True) -> list[str]:
    return invariants.violations(Message.objects.get(pk=message.pk), settled=settled)


def test_whoever_works_here_is_told_once_by_each_verified_address(lead, smtp_sink, sms_sink):
    a_contact(lead, PHONE, "sms")
    a_contact(a_user("somebody else"), "other@example.test")
    message = told(lead)
    dispatch.dispatch()
    dispatch.dispatch()
    assert sent_to(smtp_sink) == [MAIL]
    assert len(sms_sink.journal) == 1
    assert violations(message) == []


def test_the_same_occasion_is_written_once(lead):
    first = told(lead)
    assert told(lead, title="Said in other words") == first
    assert Message.objects.get().title == "An update is overdue"
    assert told(lead, key="overdue:2") != first


def test_nothing_goes_before_its_time_and_it_can_be_put_off(lead, smtp_sink):
    later = timezone.now() + timedelta(hours=1)
    message = told(lead, send_at=later)
    assert messages.list_due() == 0
    assert writing.postpone(message=message, until=timezone.now() - timedelta(seconds=1))
    assert messages.list_due() == 1
    assert not writing.postpone(message=message, until=later)


def test_what_is_over_is_not_told(lead, smtp_sink):
    message = told(lead)
    messages.list_due()
    writing.withdraw(message=message, at=timezone.now())
    dispatch.dispatch()
    assert sent_to(smtp_sink) == []
    assert set(Delivery.objects.values_list("state", "cause")) == {(DeliveryState.SKIPPED, DeliveryCause.RECALLED)}
    other = told(lead, key="over before it was listed")
    writing.withdraw(message=other, at=timezone.now())
    assert messages.list_due() == 0


def test_staff_comes_before_subscribers_and_confirmations(lead, smtp_sink):
    announced("a@example.test", "b@example.test")
    told(lead)
    messages.list_due()
    drain.drain("email", limit=1)
    assert sent_to(smtp_sink) == [MAIL]


@pytest.mark.parametrize("channel", ["", "email"])
def test_staff_is_told_while_deliveries_are_paused(lead, smtp_sink, channel):
    announced("a@example.test")
    pause = pauses.pause(reason="The relay sends twice.", by=None, at=timezone.now(), channel=channel)
    told(lead)
    dispatch.dispatch()
    assert sent_to(smtp_sink) == [MAIL]
    assert pauses.held_by(pause).count() == 1


def test_what_stands_against_a_subscriber_of_the_same_address_does_not_bind_staff(lead, smtp_sink):
    a_subscriber(MAIL, unsubscribed_at=timezone.now())
    Suppression.objects.create(channel="email", address=MAIL, reason="550 5.1.1")
    told(lead)
    dispatch.dispatch()
    assert sent_to(smtp_sink) == [MAIL]


def test_nobody_is_written_to_whose_address_is_not_proved_or_who_left(lead, smtp_sink):
    a_contact(lead, PHONE, "sms", verified_at=None)
    told(lead)
    assert messages.list_due() == 1
    Contact.objects.update(verified_at=None)
    dispatch.dispatch()
    assert sent_to(smtp_sink) == []
    assert Delivery.objects.get().cause == DeliveryCause.UNVERIFIED
    Contact.objects.update(verified_at=timezone.now())
    type(lead).objects.filter(pk=lead.pk).update(is_active=False)
    told(lead, key="overdue:2")
    assert messages.list_due() == 0


def test_a_dead_address_of_staff_suppresses_nobody_and_stands_on_the_screen(lead, smtp_sink):
    smtp_sink.on_rcpt.told[MAIL] = ["550 5.1.1 no such user"]
    message = told(lead)
    assert list(messages.unreached(lead)) == []
    dispatch.dispatch()
    time_passes()
    assert states() == [DeliveryState.FAILED]
    assert not Suppression.objects.exists()
    assert list(messages.unreached(lead)) == [message]
    assert list(messages.unreached(a_user("somebody else"))) == []
    writing.put_away(message=message, at=timezone.now())
    assert list(messages.unreached(lead)) == []


def test_whoever_has_no_address_finds_it_on_the_screen(db):
    person = a_user("nobody's address")
    message = told(person)
    messages.list_due()
    assert list(messages.unreached(person)) == [message]


def test_what_stays_on_its_way_is_shown_after_a_while(lead):
    message = told(lead)
    messages.list_due()
    assert list(messages.unreached(lead)) == []
    Message.objects.update(send_at=timezone.now() - timedelta(minutes=3))
    assert list(messages.unreached(lead)) == [message]


@pytest.mark.parametrize("event", [Event.BOUNCED, Event.COMPLAINED])
def test_a_report_on_a_message_to_staff_suppresses_nobody(lead, smtp_sink, event):
    told(lead)
    dispatch.dispatch()
    row = Delivery.objects.get()
    report = Report(row.pk, event, "550 5.1.1 gone", verdict=Verdict.ADDRESS_DEAD)
    assert reports.receive(report, at=timezone.now())
    assert not Suppression.objects.exists()


def test_a_killed_worker_tells_nobody_twice(lead, smtp_sink):
    for number in range(6):
        told(lead, key=f"overdue:{number}")
    messages.list_due()
    the_worker_dies(Mark.TAKEN, Mark.NOT_BEGUN, Mark.TAKEN)
    ledger.recover()
    dispatch.dispatch()
    assert len(smtp_sink.journal) == 4
    assert states() == [DeliveryState.SENT] * 6
    assert all(violations(message) == [] for message in Message.objects.all())


def test_restored_what_was_handed_over_is_not_sent_again(lead, smtp_sink, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    told(lead)
    dispatch.dispatch()
    assert [record.message for record in handed_over.noted()] == [Message.objects.get().pk]
    Delivery.objects.update(state=DeliveryState.QUEUED, sent_at=None)  # as the copy had it
    deciding._settle_handed_over()
    assert states() == [DeliveryState.SENT]


OTHERS = [kind for kind in MessageKind if kind not in (*TO_STAFF, MessageKind.UPDATE, MessageKind.CONFIRMATION)]


@pytest.mark.parametrize("kind", OTHERS)
def test_every_kind_goes_to_subscribers_stakeholders_and_customers(kind, smtp_sink, sms_sink):
    a_subscriber("reader@example.test")
    a_subscriber(PHONE, channel="sms")
    a_contact(None, "boss@example.test", kind=RecipientKind.STAKEHOLDER)
    a_contact(None, "buyer@example.test", kind=RecipientKind.CUSTOMER)
    words = {"title": "What we learnt", "body": "It was **DNS**.", "body_html": "<p>It was <b>DNS</b>.</p>"}
    message = Message.objects.create(kind=kind, key="1", path="/history/", **words)
    for recipients in (Subscriber.objects.all(), Contact.objects.usable()) * 2:
        messages.address(message, recipients)
    dispatch.dispatch()
    assert sorted(sent_to(smtp_sink)) == ["boss@example.test", "buyer@example.test", "reader@example.test"]
    assert len(sms_sink.journal) == 1
    assert violations(message) == []
    entries = smtp_sink.journal.entries() + sms_sink.journal.entries()
    handed = [invariants.Handed(one["to"], one["id"]) for one in entries]
    assert invariants.violations(Message.objects.get(), handed, settled=True) == []


@pytest.mark.parametrize("kind", RecipientKind)
def test_only_subscribers_find_a_way_to_unsubscribe(kind):
    told = Message(title="What we learnt", body="It was **DNS**.", path="/history/")
    mail, sms = (compose(MessageTo(told, kind), channel).to(Delivery(subscriber=a_subscriber())) for channel in Channel)
    assert "It was DNS." in mail.text
    assert "http://status.example.test/history/" in mail.text
    assert sms.text.startswith("Status: What we learnt. http://status.example.test/history/")
    assert ("/unsubscribe/" in mail.text) == (kind is RecipientKind.SUBSCRIBER)
    assert ("List-Unsubscribe" in mail.headers) == (kind is RecipientKind.SUBSCRIBER)
    assert ("Reply STOP to end" in sms.text) == (kind is RecipientKind.SUBSCRIBER)


def a_report() -> Message:
    words = {"title": "November", "body": "It was calm.", "body_html": ""}
    return Message.objects.create(kind=MessageKind.REPORT, key="2026-11", **words)


def test_who_left_or_must_not_be_written_to_gets_no_message(smtp_sink):
    left = a_subscriber("left@example.test")
    gone = a_contact(None, "gone@example.test", kind=RecipientKind.STAKEHOLDER)
    message = a_report()
    messages.address(message, Subscriber.objects.all())
    messages.address(message, Contact.objects.usable())
    Subscriber.objects.filter(pk=left.pk).update(unsubscribed_at=timezone.now())
    Suppression.objects.create(channel="email", address=gone.address, reason="550 5.1.1")
    dispatch.dispatch()
    assert sent_to(smtp_sink) == []
    reasons = set(Delivery.objects.values_list("cause", flat=True))
    assert reasons == {DeliveryCause.UNSUBSCRIBED, DeliveryCause.SUPPRESSED}


def test_a_dead_stakeholder_is_suppressed_as_anybody(smtp_sink):
    smtp_sink.on_rcpt.told["gone@example.test"] = ["550 5.1.1 no such user"]
    a_contact(None, "gone@example.test", kind=RecipientKind.STAKEHOLDER)
    message = a_report()
    messages.address(message, Contact.objects.usable())
    dispatch.dispatch()
    assert states() == [DeliveryState.FAILED]
    assert reports.receive(Report(Delivery.objects.get().pk, Event.COMPLAINED), at=timezone.now())
    assert Suppression.objects.get().address == "gone@example.test"


# --- What must not be -------------------------------------------------------------------------------------------


def test_a_row_is_of_one_thing_and_to_one_recipient(lead):
    told(lead)
    messages.list_due()
    row = Delivery.objects.get()
    for wrong in ({"subscriber": a_subscriber()}, {"contact": None}, {"message": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.filter(pk=row.pk).update(**wrong)


def test_a_row_as_the_version_before_wrote_it_still_comes_in():
    """While one serves beside the other."""
    announcement, subscriber = announced(), a_subscriber()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO subscribers_delivery (announcement_id, subscriber_id, channel, state, priority, reason, "
            "attempts, lease, provider_id, possibly_doubled) VALUES (%s, %s, 'email', 'queued', 1, '', 0, '', '', %s)",
            [announcement.pk, subscriber.pk, False],
        )
    assert Delivery.objects.get().kind == MessageKind.UPDATE


def test_the_checker_names_what_is_wrong(lead):
    message = told(lead)
    assert violations(message) == ["complete: nobody is written to yet"]
    messages.list_due()
    assert violations(message) == [f"settled: {MAIL} stays queued"]
    Delivery.objects.all().delete()
    Contact.objects.update(verified_at=timezone.now() - timedelta(days=1))
    assert violations(message) == [f"complete: {MAIL} has no row"]
    contact = Contact.objects.get()
    sent = {"state": DeliveryState.SENT, "sent_at": timezone.now(), "channel": "email"}
    Delivery.objects.create(message=message, contact=contact, **sent)
    assert violations(message) == []
    Contact.objects.update(verified_at=None)
    assert violations(message) == [f"permitted: {MAIL} is not verified"]
    Contact.objects.update(verified_at=timezone.now())
    Message.objects.update(withdrawn_at=timezone.now() - timedelta(hours=1))
    assert violations(message) == [f"permitted: {MAIL} was sent it after it was withdrawn"]


def test_messages_are_forgotten_with_the_deliveries(lead, settings, smtp_sink):
    settings.DELIVERY_RETENTION_DAYS = 90
    told(lead)
    dispatch.dispatch()
    told(lead, key="still waits", send_at=timezone.now() - timedelta(days=100))
    messages.list_due()
    Message.objects.filter(key="overdue:1").update(send_at=timezone.now() - timedelta(days=91))
    retention.roll_up(timezone.now())
    assert [message.key for message in Message.objects.all()] == ["still waits"]
