"""What happens elsewhere and concerns the subscribers: a doorbell is rung after the commit.

`robust`: a fault here must not fail a request whose rows are written.
"""

from functools import partial

from celery.signals import worker_process_shutdown, worker_ready
from django.db import transaction
from django.dispatch import receiver

from incidents.signals import announced, deleting, recalled
from statuspage.lib.doorbell import ring

from . import offering, tasks
from .actions import late
from .enums import Channel
from .models import Subscriber, Subscription
from .signals import queued


@worker_ready.connect
def say_what_is_missing(**kwargs):
    offering.log_what_is_missing()


@worker_process_shutdown.connect
def wait_for_late_outcomes(**kwargs):
    late.finish()


@receiver(announced)
def expand_after_commit(sender, announcement, **kwargs):
    transaction.on_commit(partial(ring, tasks.expand, announcement.pk), robust=True)


@receiver(recalled)
def settle_after_commit(sender, announcement, **kwargs):
    """What waits of it is settled as recalled when a worker looks at it, which may be now."""
    for channel in Channel:
        transaction.on_commit(partial(ring, tasks.drain, channel), robust=True)


@receiver(queued)
def drain_after_commit(sender, channel, **kwargs):
    transaction.on_commit(partial(ring, tasks.drain, channel), robust=True)


@receiver(deleting)
def keep_what_is_wanted(sender, component, **kwargs) -> str:
    """Why it must stay: its subscribers would go on as active with nothing to hear of. Empty where nobody is left."""
    waits = Subscriber.objects.filter(unsubscribed_at=None, everything=False).values("pk")
    wanting = Subscription.objects.filter(component=component, subscriber__in=waits).count()
    if not wanting:
        return ""
    people = "1 subscriber wants" if wanting == 1 else f"{wanting:,} subscribers want"
    return f"{people} to hear of it. Make it private instead."
