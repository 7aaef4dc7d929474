"""The receivers of what happens elsewhere and concerns the subscribers: a doorbell is rung after the commit.

`robust`: a fault here must not fail a request whose rows are written.
"""

from functools import partial

from celery.signals import celeryd_after_setup, worker_process_shutdown, worker_ready
from django.db import transaction
from django.dispatch import receiver

from incidents.signals import announced, deleting, hiding, merged, recalled, unplaced, written
from statuspage.lib.doorbell import ring

from . import links, offering, tasks
from .channels import registry
from .delivery import audience, late_outcomes
from .enums import Channel
from .signals import deliveries_due
from .support import linking


@celeryd_after_setup.connect
def load_what_sends(**kwargs):
    """Before the workers fork: the first announcement does not wait for it, and they share its memory. An address is
    looked up among those of all pages, which are imported for that."""
    links.address("manage", "token")
    for channel in offering.offered():
        registry.of(channel).load()


@worker_ready.connect
def say_what_is_missing(**kwargs):
    offering.log_what_is_missing()


@worker_process_shutdown.connect
def wait_for_late_outcomes(**kwargs):
    late_outcomes.finish()


@receiver(announced)
def expand_after_commit(sender, announcement, **kwargs):
    transaction.on_commit(partial(ring, tasks.expand, announcement.pk), robust=True)


@receiver(written)
def list_after_commit(sender, message, **kwargs):
    transaction.on_commit(partial(ring, tasks.list_messages), robust=True)


@receiver(recalled)
def settle_after_commit(sender, announcement, **kwargs):
    """Ring for the workers after the commit: what waits of it is settled as recalled when one looks at it, which may be
    now."""
    for channel in Channel:
        transaction.on_commit(partial(ring, tasks.drain, channel), robust=True)


@receiver(merged)
def link_customers_of_merged(sender, incident, into, by, at, **kwargs):
    linking.follow_merged(incident=incident, into=into, by=by, at=at)


@receiver(deliveries_due)
def drain_after_commit(sender, channel, **kwargs):
    transaction.on_commit(partial(ring, tasks.drain, channel), robust=True)


@receiver(deleting)
def keep_what_is_wanted(sender, component, **kwargs) -> str:
    """Why it must stay: its subscribers would go on as active with nothing to hear of. Empty where nobody is left."""
    waiting = audience.waiting_for(component).count()
    return f"{_people(waiting, 'waits', 'wait')} for news of it. Make it private instead." if waiting else ""


@receiver(hiding)
def say_who_goes_without(sender, component, **kwargs) -> str:
    """Return what its being private means for those who chose it. Empty where nobody did."""
    alone = audience.waiting_for_it_alone(component).count()
    others = audience.waiting_for(component).count() - alone
    said = [
        f"{_people(number, 'has', 'have')} subscribed to {what}"
        for number, what in (
            (alone, "this alone and will hear nothing more"),
            (others, "it among others and will hear nothing of it"),
        )
        if number
    ]
    kept = "We do not tell them. What they chose is kept, for when it is public again."
    return f"While it is private, {' and '.join(said)}. {kept}" if said else ""


@receiver(unplaced)
def say_who_hears_without_a_component(sender, **kwargs) -> str:
    """Return how many hear of an incident that names no component, and how many chose components and do not."""
    hear = audience.audience(component_ids=[]).count()
    others = audience.choosers().count()
    told = f"{_people(hear, 'hears', 'hear')} it" if hear else "Nobody hears it"
    return (
        f"{told}; {_people(others, 'who chose components does', 'who chose components do')} not."
        if others
        else f"{told}."
    )


def _people(number: int, one: str, many: str) -> str:
    return f"1 person {one}" if number == 1 else f"{number:,} people {many}"
