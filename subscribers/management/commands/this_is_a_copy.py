from django.core.management.base import BaseCommand
from django.utils import timezone

from incidents.models.audit import nobody_is_called
from subscribers.delivery.copies import deciding


class Command(BaseCommand):
    help = "This database is a copy to try things with: nothing leaves it, whatever is published. take_over ends that."

    def handle(self, **options):
        with nobody_is_called("command line"):
            here = deciding.this_is_a_copy(by=None, at=timezone.now())
        self.stdout.write(f"{here} is a copy: what is due ends as kept here, and nobody hears of it.")
