"""Celery's door. Each task carries an id or a name, may run twice, and does one slice of work."""

from celery import shared_task
from django.utils import timezone

from incidents.models import Announcement
from statuspage.lib.doorbell import ring

from .delivery import drain as delivering
from .delivery import fanout, final_failures, kept_unsubscribes, messages, retention
from .enums import Channel

ROLL_UP_SECONDS = 20  # a slice, so that nothing waits long behind it


@shared_task
def expand(announcement_id: int) -> None:
    """Write the deliveries of an announcement."""
    fanout.expand(Announcement.objects.get(pk=announcement_id))


@shared_task
def list_messages() -> None:
    """Write the deliveries of messages to staff whose time has come."""
    messages.list_due()


@shared_task
def drain(channel: str) -> None:
    """Send a slice of what is due on a channel. While more is due, each slice calls for the next: see receivers.py."""
    delivering.drain(Channel(channel))


@shared_task
def sweep() -> None:
    """Find what a lost ring missed, what has waited long enough, what a dead worker held, who came late; who
    unsubscribed while the database was away; and what staff has to be told."""
    kept_unsubscribes.settle()
    messages.list_due()
    for announcement in fanout.unfinished():
        ring(expand, announcement.pk)
    for channel in delivering.due_channels():
        ring(drain, channel)
    for announcement in fanout.unsettled():
        fanout.catch_up(announcement)
    final_failures.tell_authors(timezone.now())


@shared_task
def roll_up() -> None:
    """Keep what is settled long enough as counts: a slice, which calls for the next."""
    if not retention.roll_up(timezone.now(), seconds=ROLL_UP_SECONDS).is_over:
        ring(roll_up)
