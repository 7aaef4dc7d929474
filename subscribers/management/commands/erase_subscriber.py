from django.core.management.base import BaseCommand
from django.utils import timezone

from subscribers.management import person
from subscribers.people import erasing


class Command(BaseCommand):
    help = (
        "Erase whoever has ADDRESS (e-mail or phone). What they were sent stays as numbers. If they had unsubscribed "
        "or must not be written to, a keyed hash stays, so that no import brings them back."
    )

    def add_arguments(self, parser):
        parser.add_argument("address")
        parser.add_argument(
            "--never-again", action="store_true", help="they ask never to be written to again: keep the keyed hash"
        )

    def handle(self, *, address: str, never_again: bool, **options):
        erased = erasing.erase(person.address(address), by=None, at=timezone.now(), never_again=never_again)
        if not erased.was_known:
            self.stdout.write("Nothing is kept of this address.")
        else:
            self.stdout.write(f"Erased. {erased.deliveries:,} of their messages are kept as numbers.")
        if erased.kept:
            self.stdout.write(f"A keyed hash is kept: {erased.kept.label.lower()}.")
