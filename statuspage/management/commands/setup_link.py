from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from statuspage.setup import link


class Command(BaseCommand):
    help = "Prints a link, good for 24 hours, with which the first administrator makes an account."

    def handle(self, **options):
        if link.is_void():
            raise CommandError(
                "There are users already, so a link would let nobody in. "
                "Make another administrator with: manage.py createsuperuser"
            )
        self.stdout.write(link.make(at=timezone.now()))
