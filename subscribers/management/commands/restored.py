from django.core.management.base import BaseCommand
from django.utils import timezone

from incidents.models.audit import nobody_is_called
from subscribers.delivery.copies import deciding


class Command(BaseCommand):
    help = (
        "This is the original, restored from an older copy: what was due then waits for a person, by announcement, "
        "and what is published from now on goes at once. Run it on each machine that has sent: each knows what it did."
    )

    def handle(self, **options):
        with nobody_is_called("command line"):
            held = deciding.restored(by=None, at=timezone.now())
        for one in held:
            self.stdout.write(f"{one.waiting:,} wait: {one.announcement} ({one.announcement.public_id})")
        if held:
            self.stdout.write("Release each under Deliveries in the admin, or recall it. Everything new goes at once.")
        else:
            self.stdout.write("Nothing waits that may have been sent before. Everything new goes at once.")
