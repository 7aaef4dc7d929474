from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from statuspage.demo import seeding


class Command(BaseCommand):
    help = "Fill an empty database with an invented company, its history, two open incidents and people to log in as."

    def add_arguments(self, parser):
        parser.add_argument(
            "--password", default=settings.DEMO_PASSWORD, help="Of lead, support and admin; else DEMO_PASSWORD."
        )

    def handle(self, *, password: str, **options):
        if not seeding.is_fresh():
            self.stdout.write("This database is in use already, so the demo is left out.")
            return
        if not password:
            raise CommandError("Give the log-ins of the demo a password: set DEMO_PASSWORD or --password.")
        seeding.seed(password=password, at=timezone.now())
        self.stdout.write("The demo is in. Log in as lead, support or admin.")
