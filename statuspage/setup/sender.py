"""What the name servers say of the sender's domain, by which a receiver judges whether our mail is ours.

SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489). Where no name server answers, it is said that nothing is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

from django.conf import settings

PATIENCE = 4.0  # seconds for each question, with all that is tried again
Ask = Callable[[str], list[str]]


class State(StrEnum):
    RIGHT = "right"
    DOUBTFUL = "doubtful"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Record:
    """`found`: the record as it stands there; `says`: what it means for our mail, in a sentence or two."""

    title: str
    name: str
    state: State
    says: str
    found: str = ""


class CannotAsk(Exception):
    """No name server answered."""


def domain() -> str:
    """The domain of MAIL_FROM."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower()


def texts(name: str) -> list[str]:
    """Return the TXT records at `name`; none where there are none. Raises CannotAsk."""
    import dns.exception  # 13 MB in each web process, for a screen that is opened once
    import dns.resolver

    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=PATIENCE, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise CannotAsk(str(error) or type(error).__name__) from None
    return [b"".join(one.strings).decode(errors="replace") for one in answer]


def look_up(domain: str, *, selector: str = "", ask: Ask = texts) -> list[Record]:
    """Return what stands there of SPF, DKIM and DMARC; of DKIM only with its `selector`, which no name server lists."""
    parts: list[tuple[str, Callable[[], Record]]] = [("SPF", lambda: _spf(domain, ask))]
    if selector:
        parts.append(("DKIM", lambda: _dkim(f"{selector}._domainkey.{domain}", ask)))
    return [_or_unknown(title, domain, look) for title, look in [*parts, ("DMARC", lambda: _dmarc(domain, ask))]]


def _or_unknown(title: str, domain: str, look: Callable[[], Record]) -> Record:
    try:
        return look()
    except CannotAsk as error:
        return Record(title, domain, State.UNKNOWN, f"We cannot look it up from here: {error}")


def _spf(domain: str, ask: Ask) -> Record:
    found = [one for one in ask(domain) if one.lower().split(" ")[0] == "v=spf1"]
    if not found:
        says = "Nothing says who may send for this domain, so many receivers put our mail aside. Ask at the relay."
        return Record("SPF", domain, State.MISSING, says)
    if len(found) > 1:
        says = "There are several; receivers then go by none (RFC 7208, 4.5). Make them one."
        return Record("SPF", domain, State.DOUBTFUL, says, " / ".join(found))
    ends = found[0].lower().split()[-1]
    if ends in ("+all", "all"):
        return Record("SPF", domain, State.DOUBTFUL, "It lets everybody send for this domain.", found[0])
    return Record("SPF", domain, State.RIGHT, "See that it names the relay in EMAIL_URL.", found[0])


def _dkim(name: str, ask: Ask) -> Record:
    keys = [one for one in ask(name) if "p" in _tags(one)]
    if not keys:
        return Record("DKIM", name, State.MISSING, "There is no key of this selector. Look at the relay's settings.")
    if not _tags(keys[0])["p"]:
        return Record("DKIM", name, State.DOUBTFUL, "The key was taken back (RFC 6376, 3.6.1).", keys[0])
    return Record("DKIM", name, State.RIGHT, "See that the relay signs with it.", keys[0])


def _dmarc(domain: str, ask: Ask) -> Record:
    """Asked of the domain, then of what it is a part of: a policy holds for what is below it."""
    labels = domain.split(".")
    for name in (".".join(["_dmarc", *labels[start:]]) for start in range(max(len(labels) - 1, 1))):
        if found := [one for one in ask(name) if one.lower().startswith("v=dmarc1")]:
            return _of_policy(name, found[0])
    says = "Large receivers ask for it of whoever sends much. Begin with: v=DMARC1; p=none; rua=mailto:you@…"
    return Record("DMARC", f"_dmarc.{domain}", State.MISSING, says)


def _of_policy(name: str, found: str) -> Record:
    policy = _tags(found).get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return Record("DMARC", name, State.DOUBTFUL, "It names no policy: p=none, quarantine or reject.", found)
    says = "Nothing is done with mail that fails." if policy == "none" else "Mail that fails is refused or put aside."
    return Record("DMARC", name, State.RIGHT, says, found)


def _tags(text: str) -> dict[str, str]:
    """The tags of a record "a=b; c=d", without the white space that may stand in a key."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}
