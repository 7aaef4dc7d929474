from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from subscribers.delivery import retention


class Command(BaseCommand):
    help = (
        "Keep deliveries older than DELIVERY_RETENTION_DAYS as counts, and forget whoever never confirmed. The "
        "scheduler does so every day; killing and repeating it is safe."
    )

    def handle(self, **options):
        done = retention.roll_up(timezone.now())
        self.stdout.write(
            f"{done.deliveries:,} deliveries are kept as counts now, {done.confirmations:,} confirmations that "
            f"nobody confirmed and {done.messages:,} incoming messages are gone."
        )
        if not settings.DELIVERY_RETENTION_DAYS:
            self.stdout.write("Deliveries are kept for ever: DELIVERY_RETENTION_DAYS is 0.")
