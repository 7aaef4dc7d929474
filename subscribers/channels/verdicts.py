"""The verdicts on a refusal, a bounce or a report: the one vocabulary of every channel."""

from enum import StrEnum


class Verdict(StrEnum):
    ADDRESS_DEAD = "address dead"  # nobody is there
    OWNER_STOPPED = "owner stopped"  # whoever has it wants nothing from us; the provider knows
    ADDRESS_UNWELL = "address unwell"  # somebody may be there another day: full, over its rate, unreachable
    WE_ARE_REFUSED = "we are refused"  # sender, client, log-in, relaying: whoever the recipient is
    PROVIDER_UNWELL = "provider unwell"  # its own state: overloaded, shutting down, broken
    CONTENT_REFUSED = "content refused"  # this text: too large, taken for spam
    UNKNOWN = "unknown"  # it does not say


SUPPRESS = (Verdict.ADDRESS_DEAD, Verdict.OWNER_STOPPED)  # only these: never write to this address again
