"""Reminders of planned work: to whoever hears of its components, once, and never of a window that holds no more."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from incidents.actions import catalogue, running, scheduling
from incidents.enums import Act, MessageKind, StepKind
from incidents.models import Message, PlannedStep
from subscribers.channels.composing import compose
from subscribers.channels.message_to import MessageTo
from subscribers.delivery import dispatch, invariants, messages
from subscribers.enums import Channel, DeliveryCause, DeliveryState, RecipientKind
from subscribers.models import Delivery, Subscription
from tests.factories import a_component, a_subscriber
from tests.planned import a_window

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PHONE, SECOND_PHONE = "+12025550123", "+12025550124"


def reader_of(component, address, **kwargs):
    reader = a_subscriber(address, everything=False, confirmed_at=timezone.now() - 30 * 24 * HOUR, **kwargs)
    Subscription.objects.create(subscriber=reader, component=component)
    return reader


def a_reminder(planned) -> Message:
    return Message.objects.get(kind=MessageKind.MAINTENANCE_REMINDER, incident=planned.pk)


def rows(planned):
    return Delivery.objects.filter(message=a_reminder(planned))


def test_it_goes_once_to_those_who_hear_of_its_components_by_sms_only_with_every_update(smtp_sink, sms_sink):
    database, other = a_component("Database"), a_component()
    reader_of(database, "reader@example.test")
    reader_of(other, "elsewhere@example.test")
    reader_of(database, PHONE, channel="sms", every_update=True)
    reader_of(database, SECOND_PHONE, channel="sms", every_update=False)
    planned = a_window(database, begins=HOUR - timedelta(minutes=1), lasts=2 * HOUR)
    for _ in range(3):
        dispatch.dispatch()
    told = rows(planned).values_list("subscriber__address", flat=True).order_by("subscriber__address")
    assert list(told) == [PHONE, "reader@example.test"]
    assert set(rows(planned).values_list("state", flat=True)) == {DeliveryState.SENT}
    Message.objects.update(send_at=Now() - HOUR)
    dispatch.dispatch()
    assert invariants.violations(a_reminder(planned), settled=True) == []


def test_the_mail_stands_in_the_thread_of_the_planned_work_and_names_the_window_in_its_zone(smtp_sink):
    database = a_component("Database")
    reader = reader_of(database, "reader@example.test")
    planned = a_window(database, begins=HOUR - timedelta(minutes=1), lasts=2 * HOUR, zone="Asia/Kolkata")
    dispatch.dispatch()
    mail = compose(MessageTo(a_reminder(planned), RecipientKind.SUBSCRIBER), Channel.EMAIL).to(rows(planned).get())
    assert f"{planned.public_id}.{reader.pk}@" in mail.headers["References"]
    assert "IST" in mail.text


def test_one_hour_before_does_not_repeat_what_the_plan_said_within_the_hour():
    planned = a_window(a_component(), begins=HOUR - timedelta(minutes=1), lasts=HOUR, planned=timedelta(minutes=5))
    reminders = PlannedStep.objects.filter(maintenance=planned.pk, kind=StepKind.REMINDER)
    assert not reminders.filter(superseded_at=None).exists()
    assert running.run_due() == 0


@pytest.mark.parametrize("act", [Act.MOVE, Act.CANCEL, Act.START])
def test_what_waits_of_a_window_that_holds_no_more_is_superseded_and_counted(act):
    database = a_component()
    reader_of(database, "reader@example.test")
    planned = a_window(database, begins=HOUR - timedelta(minutes=1), lasts=2 * HOUR)
    running.run_due()
    messages.list_due()
    window = tuple(moment + 48 * HOUR for moment in planned.window) if act == Act.MOVE else None
    scheduling.act_on(maintenance=planned, act=act, window=window, by=None, at=timezone.now())
    dispatch.dispatch()
    row = rows(planned).get()
    assert (row.state, row.cause) == (DeliveryState.SKIPPED, DeliveryCause.SUPERSEDED)


def test_moved_it_is_reminded_of_again_at_its_new_time():
    planned = a_window(a_component(), begins=HOUR - timedelta(minutes=1), lasts=2 * HOUR)
    running.run_due()
    window = tuple(moment + 100 * HOUR for moment in planned.window)
    scheduling.act_on(maintenance=planned, act=Act.MOVE, window=window, by=None, at=timezone.now())
    waiting = PlannedStep.objects.open().filter(maintenance=planned.pk, kind=StepKind.REMINDER)
    assert [window[0] - step.due_at for step in waiting] == [72 * HOUR, HOUR]


def test_what_is_hidden_meanwhile_reminds_nobody():
    database = a_component()
    reader_of(database, "reader@example.test")
    planned = a_window(database, begins=HOUR - timedelta(minutes=1), lasts=2 * HOUR)
    running.run_due()
    messages.list_due()
    catalogue.set_visibility(incident=planned, is_public=False, by=None, at=timezone.now())
    dispatch.dispatch()
    assert rows(planned).get().cause == DeliveryCause.RECALLED
