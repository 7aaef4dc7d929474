import time
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from subscribers import channels
from subscribers.addresses import normalise
from subscribers.channels import Failed, Outcome, Unavailable, registry
from subscribers.channels.sample import sample
from subscribers.enums import Channel

_PATIENCE = 120.0  # seconds; a relay may greet late


class Command(BaseCommand):
    help = "Sends one message to an address of yours, the way that notices go, and says what became of it."

    def add_arguments(self, parser):
        parser.add_argument("channel", choices=Channel.values)
        parser.add_argument("address")

    def handle(self, *, channel: str, address: str, **options):
        channel = Channel(channel)
        try:
            address = normalise(address, channel).address
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"1. {channel.label} to {address}.")
        self.stdout.write(f"2. The way: {_way(channel)}.")
        outcome = self._sent(channel, address)
        if isinstance(outcome, Failed):
            raise CommandError(_words(outcome))
        named = f" and calls it {outcome.provider_id}" if outcome.provider_id else ""
        self.stdout.write(f"4. It was taken{named}. Look whether it arrives; what comes back is shown nowhere.")

    def _sent(self, channel: Channel, address: str) -> Outcome:
        until = time.monotonic() + _PATIENCE
        try:
            transport = channels.transport(channel)
            begun: list[int] = []
            ended: list[Outcome] = []
            transport.take([sample(channel, address)], begun.append, ended.append)
            while not ended and time.monotonic() < until:
                transport.outcomes(1.0)
            transport.close()
        except Unavailable as error:
            raise CommandError(f"3. {channel.label} is not taken at all: {error}") from None
        if not ended:
            raise CommandError(f"3. No answer for {_PATIENCE:.0f} seconds; what became of it is not known.")
        self.stdout.write("3. It was handed over.")
        return ended[0]


def _way(channel: Channel) -> str:
    """The setting without its secrets."""
    named = registry.of(channel)
    url = urlsplit(named.url)
    port = f":{url.port}" if url.port else ""
    return f"{named.url_setting}, {url.scheme}:" + (f"//{url.hostname}{port}" if url.hostname else "")


def _words(failed: Failed) -> str:
    what = "may have been taken" if failed.unknown else "was refused" + " for good" * failed.permanent
    return f"4. It {what} ({failed.verdict}): {failed.reason}"
