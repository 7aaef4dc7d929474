from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents.models.audit import nobody_is_called
from subscribers.delivery.copies import deciding, fence


class Command(BaseCommand):
    help = "This database was moved here, and the one it was moved from is off: send from here, as if nothing had been."

    def handle(self, **options):
        if not (before := fence.standing()).words:
            self.stdout.write("Nothing was in the way: this is the original, and it sends.")
            return
        try:
            with nobody_is_called("command line"):
                here = deciding.take_over(by=None, at=timezone.now())
        except deciding.CannotDecide as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"It was: {before.words}\nFrom now on it sends as {here}.")
        if (now := fence.standing()).words:
            self.stdout.write(f"But: {now.words} {now.what_to_do}")
