"""Writes as a busy site does: `python -m tests.chaos.writer SECONDS NUMBER`. The last line says how much.

People come and go; each of the WRITERS, by their NUMBER from 0, publishes once, one after the other.
"""

import json
import sys
import time

import django

WRITERS = 6


def main(seconds: float, number: int) -> None:
    django.setup()
    from django.utils import timezone

    from subscribers.delivery import fanout
    from subscribers.models import Confirmation, Subscriber
    from subscribers.people import subscribing
    from tests.factories import a_component, an_open_incident

    written, began = 0, time.monotonic()
    publishes_at, ends_at = began + seconds * number / WRITERS, began + seconds
    while time.monotonic() < ends_at:
        address = f"reader{number}-{written}@example.test"
        choice = {"everything": True, "components": (), "every_update": True}
        subscribing.request_subscription(channel="email", address=address, at=timezone.now(), **choice)
        asked = Confirmation.objects.get(subscriber__address=address)
        subscribing.confirm(confirmation=asked, at=timezone.now())
        if time.monotonic() > publishes_at:
            publishes_at = ends_at
            fanout.expand(an_open_incident(a_component(f"Part {number} {written}")).announcement)
        if written % 5 == 0:
            subscribing.unsubscribe(subscriber=Subscriber.objects.get(address=address), at=timezone.now())
        written += 1
    print(json.dumps({"written": written}))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
