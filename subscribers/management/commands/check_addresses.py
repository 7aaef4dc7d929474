import sys

from django.core.management.base import BaseCommand

from subscribers.people import spelling_check


class Command(BaseCommand):
    help = (
        "List addresses kept from before that nobody can have typed so, and those of which both spellings are kept. "
        "Domains were written by IDNA 2003 once: name@stra\u00dfe.example was kept, and written to, as "
        "name@strasse.example, which is somebody else's. Which of those that hold a plain 'ss' were meant otherwise "
        "cannot be told from them. Changes nothing; ends with 1 where there is something to look at."
    )

    def handle(self, **options):
        found = list(spelling_check.doubts())
        for doubt in found:
            self.stdout.write(f"{doubt.kept.address}: {doubt.why}")
        if not found:
            self.stdout.write("Every address can be what somebody typed.")
            return
        self.stdout.write(
            f"{len(found):,} to look at. Ask its owner where you can; erase_subscriber takes an address out, and who "
            "wants to hear signs up again under the right one."
        )
        sys.exit(1)
