"""What everyone is sent of an announcement stands on the board, and in the figures that machines watch."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.models import Message
from subscribers.board import bulletins as board
from subscribers.board.metrics import figures
from subscribers.delivery import dispatch, messages
from tests.factories import a_bulletin, a_subscriber

pytestmark = pytest.mark.django_db


def deliveries(state: str) -> float:
    counted = [(labels, value) for name, labels, value in figures(at=timezone.now()) if name == "statuspage_deliveries"]
    found = {tuple(labels.values()): value for labels, value in counted}
    return found.get(("email", state), 0)


def test_it_stands_on_the_board_as_it_goes_out(lead, smtp_sink):
    for _ in range(3):
        a_subscriber()
    bulletin = a_bulletin("We close on Christmas day", tell=True)
    messages.list_due()
    waiting = lead.get(reverse("deliveries:board"))
    assert "We close on Christmas day" in waiting.text
    assert "0 of 3" in waiting.text
    assert reverse("console:bulletin", args=[bulletin.public_id]) in waiting.text
    dispatch.dispatch()
    assert "3 of 3" in lead.get(reverse("deliveries:board")).text


def test_what_is_ahead_or_long_ago_does_not(lead):
    a_bulletin("Ahead", tell=True, from_at=timezone.now() + timedelta(hours=1))
    a_bulletin("Long ago", tell=True)
    Message.objects.filter(title="Long ago").update(send_at=timezone.now() - board.LATELY)
    a_bulletin("Never sent")
    html = lead.get(reverse("deliveries:board")).text
    assert [title in html for title in ("Ahead", "Long ago", "Never sent")] == [False] * 3


def test_the_figures_count_it_while_it_waits_and_once_it_is_sent(smtp_sink):
    for _ in range(3):
        a_subscriber()
    a_bulletin(tell=True)
    messages.list_due()
    assert (deliveries("queued"), deliveries("sent")) == (3, 0)
    dispatch.dispatch()
    assert (deliveries("queued"), deliveries("sent")) == (0, 3)
