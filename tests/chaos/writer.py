"""Writes as a busy site does: `python -m tests.chaos.writer SECONDS NUMBER`. The last line says how much."""

import json
import sys
import time

import django


def main(seconds: float, number: int) -> None:
    django.setup()
    from django.utils import timezone

    from incidents.models import Incident
    from subscribers.actions import fanout, subscribing
    from subscribers.models import Confirmation, Subscriber
    from tests.factories import a_component, an_open_incident

    written, ends_at = 0, time.monotonic() + seconds
    while time.monotonic() < ends_at:
        address = f"reader{number}-{written}@example.test"
        choice = {"everything": True, "components": (), "every_update": True}
        subscribing.request_subscription(channel="email", address=address, at=timezone.now(), **choice)
        asked = Confirmation.objects.get(subscriber__address=address)
        subscribing.confirm(confirmation=asked, at=timezone.now())
        if written % 20 == 0 and Incident.objects.count() < 50:
            fanout.expand(an_open_incident(a_component(f"Part {number} {written}")).announcement)
        if written % 5 == 0:
            subscribing.unsubscribe(subscriber=Subscriber.objects.get(address=address), at=timezone.now())
        written += 1
    print(json.dumps({"written": written}))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
