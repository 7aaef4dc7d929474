"""What happens elsewhere and concerns the subscribers: a doorbell is rung after the commit.

`robust`: a fault here must not fail a request whose rows are written.
"""

from functools import partial

from celery.signals import worker_process_shutdown
from django.db import transaction
from django.dispatch import receiver

from incidents.signals import announced, recalled
from statuspage.lib.doorbell import ring

from . import tasks
from .actions import late
from .enums import Channel
from .signals import queued


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
