import json

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from subscribers.management import person
from subscribers.people import exporting


class Command(BaseCommand):
    help = "Everything that is kept about whoever has ADDRESS (e-mail or phone), as JSON to hand to them."

    def add_arguments(self, parser):
        parser.add_argument("address")

    def handle(self, *, address: str, **options):
        found = exporting.export(person.address(address), by=None, at=timezone.now())
        self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder))
