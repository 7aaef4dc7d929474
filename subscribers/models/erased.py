from collections.abc import Iterable

from django.db import models
from django.utils import timezone

from statuspage.lib import tokens

from ..addresses import Address
from ..spellings import earlier


class Why(models.TextChoices):
    SUPPRESSED = "suppressed", "It was suppressed"
    ASKED = "asked", "Asked never to be written to again"
    UNSUBSCRIBED = "unsubscribed", "Had unsubscribed"


class ErasedAddressQuerySet(models.QuerySet["ErasedAddress"]):
    def among(self, addresses: Iterable[Address]) -> dict[Address, Why]:
        """Return those of `addresses` that are erased and must not come back unasked, each with the reason: also where
        they were kept as they were written once."""
        if not self.exists():
            return {}
        hashes = {keyed_hash(spelt): address for address in addresses for spelt in (earlier(address), address) if spelt}
        kept = self.filter(keyed_hash__in=hashes).values_list("keyed_hash", "why")
        return {hashes[found]: Why(why) for found, why in kept}


class ErasedAddress(models.Model):
    """An erased person's address, which must not be written to: a keyed hash, from which nobody can tell the
    address."""

    keyed_hash = models.CharField(max_length=64, unique=True)
    why = models.CharField(max_length=12, choices=Why)
    erased_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ErasedAddressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "erased addresses"

    def __str__(self):
        return self.keyed_hash[:12]


def keyed_hash(address: Address) -> str:
    """Equal for equal addresses while SECRET_KEY stays; nobody without the key can try addresses against it."""
    return tokens.keyed_hash("erased address", f"{address.channel}:{address.address}")
