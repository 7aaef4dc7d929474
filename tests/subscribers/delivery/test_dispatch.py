from datetime import timedelta

import pytest

from subscribers.delivery import dispatch, fanout
from subscribers.models import Delivery
from tests.factories import a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db


def test_it_expands_and_sends_all_that_is_due(mailoutbox, sms_sink):
    for number in range(120):
        a_subscriber(channel="sms" if number % 2 else "email")
    an_open_incident()
    assert dispatch.dispatch() == 120
    assert len(mailoutbox) == len(sms_sink.journal) == 60
    assert dispatch.dispatch() == 0


def test_one_channel_that_is_down_does_not_hold_up_the_other(mailoutbox, settings):
    settings.EMAIL_URL, settings.SMS_URL = "smtp://127.0.0.1", "http://127.0.0.1:1/"
    a_subscriber()
    a_subscriber(channel="sms")
    an_open_incident()
    assert dispatch.dispatch() == 1
    assert len(mailoutbox) == 1


def test_with_patience_it_lets_the_workers_go_first(mailoutbox):
    a_subscriber()
    announcement = an_open_incident().announcement
    assert dispatch.dispatch(min_overdue=timedelta(seconds=30)) == 0
    assert not Delivery.objects.exists()
    fanout.expand(announcement)
    assert dispatch.dispatch(min_overdue=timedelta(seconds=30)) == 0
    assert mailoutbox == []


def test_it_stops_when_it_is_told_to(mailoutbox):
    a_subscriber()
    an_open_incident()
    assert dispatch.dispatch(lambda: True) == 0
    assert mailoutbox == []
