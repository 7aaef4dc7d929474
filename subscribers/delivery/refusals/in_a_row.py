"""Refusals in a row: what is said to one reader after the other, and to nobody otherwise, speaks of us.

A relay that finds no DNS record of ours, a gateway whose account is empty, a filter that dislikes our text: each says
so to every reader, often as if it were for good. By such words nobody may be lost, so the channel waits until
something is taken, and whoever they had ended is taken back.

**Written down first, reverted later.** A final refusal ends its delivery at once, and is noted in the same
transaction. Held in doubt instead, each refusal on an old list would wait for somebody else's acceptance. The notes
are rows: whichever worker sees that they speak of us, after a kill too, finds all that have to be taken back.

**How many.** IN_A_ROW in the same words, or VARIED in whatever words, since the channel last took anything: with
three of ten readers gone, twenty of them come in a row once in 10^10. Or as few as OF_ALL, when the provider says
itself that it means us, or when nothing else is left to try: but then only if nobody at all was reached by the same
announcements. A list of which the last three are gone is no outage, a P1 to seven phones of which none was reached is
one; of fewer see `few`. While a channel is waiting, one is enough.

**What does not count.** Messages to staff: nobody is suppressed by them. Confirmations: strangers choose their
addresses, and must not be able to hold up a notice. And "nobody is there", which says that the provider does its work,
counts by a rule of its own: see `deaths`.

**It ends.** As soon as anything is taken, what was said before is believed: a delivery that was taken back and is
refused again speaks for itself, and counts no more. So three readers who are really refused delay others by seconds,
once. Only who was refused in the last seconds before a relay turned against us is taken back as well, though something
was taken since: what was handed over before it turned.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Now

from statuspage.lib.alike import alike
from statuspage.lib.text import storable

from ...channels import Failed, Outcome, Sent
from ...channels.verdicts import SUPPRESS, Verdict
from ...enums import Channel, DeliveryCause, DeliveryState
from ...models import Breaker, Delivery, Refusal
from .. import breakers, pauses
from ..rows import MAX_AGE, ClaimedDelivery
from . import ailing, deaths, few
from .deaths import IN_A_ROW, OF_ALL

VARIED = 100
_OTHERS_FIRST = timedelta(seconds=30)
_HAND_OVER = timedelta(seconds=10)  # hardly any takes longer
_OPEN = (DeliveryState.FAILED, DeliveryState.QUEUED, DeliveryState.SENDING)  # not skipped meanwhile, or reported


def note(ended: Sequence[tuple[ClaimedDelivery, Outcome]], states: Mapping[int, DeliveryState | None]) -> int:
    """Note the refusals in `ended` that ended their delivery, by `states`, or speak of us; in the caller's transaction.
    Returns how many of them nothing was taken after."""
    notes: list[Refusal] = []
    in_run = True
    for row, outcome in reversed(ended):
        if isinstance(outcome, Sent):
            in_run = False
        elif _counts(row, outcome, states[row.pk]):
            notes.append(_refusal(row, outcome, in_run))
    # A known one stays out of the run if it was: see above.
    said = ["reason", "words", "is_about_us", "is_dead", "said_at"]
    Refusal.objects.bulk_create(notes, update_conflicts=True, update_fields=said, unique_fields=["delivery"])
    return sum(refusal.in_run for refusal in notes)


def _counts(row: ClaimedDelivery, failed: Failed, state: DeliveryState | None) -> bool:
    if state is None or failed.unknown or row.recipient.is_staff:
        return False
    if failed.verdict in SUPPRESS or not row.announcement_id:
        return deaths.is_in_doubt(failed)
    return state == DeliveryState.FAILED or failed.verdict is Verdict.WE_ARE_REFUSED


def _refusal(row: ClaimedDelivery, failed: Failed, in_run: bool) -> Refusal:
    reason = storable(failed.reason, 300)
    return Refusal(
        delivery_id=row.pk,
        channel=row.channel,
        reason=reason,
        words=alike(reason)[:300],
        is_about_us=failed.verdict is Verdict.WE_ARE_REFUSED,
        is_dead=failed.suppress,
        in_run=in_run,
    )


# --- Whether they speak of us -------------------------------------------------------------------------------


class _Said(NamedTuple):
    reason: str
    words: str
    is_about_us: bool
    is_dead: bool
    reader: int
    announcement: int

    @property
    def told(self) -> str:
        """Why the channel waits."""
        return f"{deaths.EVERYBODY}: {self.reason}" if self.is_dead else self.reason


def judge(channel: Channel) -> bool:
    """Leave the provider alone if the refusals noted so far speak of us; return whether they do."""
    return _judge(channel, is_quiet=False)


def judge_quiet() -> None:
    """Judge each channel on which nothing is left to try, as `judge` does: nobody could still be reached."""
    noted = Refusal.objects.filter(Q(in_run=True) | Q(is_dead=True)).values_list("channel", flat=True)
    for channel in map(Channel, set(noted)):
        if not _is_down(channel) and not pauses.due_heads(channel).exists():
            _judge(channel, is_quiet=True) or _settle(channel)


def _judge(channel: Channel, *, is_quiet: bool) -> bool:
    noted = _run(channel).filter(delivery__announcement__isnull=False).order_by("-said_at")
    run = [_Said(*values) for values in noted.values_list(*_FIELDS)]
    if not run or not (_is_down(channel) or _speaks_of_us(channel, run, is_quiet=is_quiet)):
        return False
    with transaction.atomic():
        breakers.trip(channel, run[0].told, is_refusal=True)
        _take_back(channel)
    return True


@transaction.atomic
def _settle(channel: Channel) -> None:
    """Close the run of a channel on which nothing more will be known: few are tried again, dead addresses are believed
    once nothing is in flight."""
    few.try_again(Delivery.objects.filter(pk__in=_run(channel).filter(is_dead=False).values("delivery")))
    dead = Refusal.objects.filter(channel=channel, is_dead=True, in_run=True)
    beside = dead.values("delivery__announcement")
    if not Delivery.objects.filter(announcement__in=beside, channel=channel, state=DeliveryState.SENDING).exists():
        dead.update(in_run=False)
    deaths.bury(channel)


_FIELDS = ("reason", "words", "is_about_us", "is_dead", "delivery__subscriber", "delivery__announcement")


def _run(channel: Channel) -> QuerySet[Refusal]:
    return Refusal.objects.filter(channel=channel, in_run=True, delivery__state__in=_OPEN)


def _is_down(channel: Channel) -> bool:
    return Breaker.objects.filter(channel=channel).exists()


def _speaks_of_us(channel: Channel, run: list[_Said], *, is_quiet: bool) -> bool:
    if _are_all_dead(channel, [said for said in run if said.is_dead], is_quiet):
        return True
    run = [said for said in run if not said.is_dead]
    same = list(_in_the_same_words(run))
    if _readers(run) >= VARIED or any(_readers(said) >= IN_A_ROW for said in same):
        return True
    suspect = [said for said in same if said[0].is_about_us or is_quiet]
    return any(_readers(said) >= OF_ALL and not _is_anybody_reached(channel, said, is_quiet) for said in suspect)


def _are_all_dead(channel: Channel, dead: list[_Said], is_quiet: bool) -> bool:
    readers = {said.reader for said in dead}
    if len(readers) < (OF_ALL if is_quiet else IN_A_ROW):
        return False
    is_anybody_reached = _is_anybody_reached(channel, dead, is_quiet)
    return deaths.speak_of_the_relay(readers, is_anybody_reached=is_anybody_reached, is_quiet=is_quiet)


def _in_the_same_words(run: Iterable[_Said]) -> Iterator[list[_Said]]:
    """Yield the refusals in groups of the same words. Those that say themselves that they mean us are one group."""

    def meaning(said: _Said) -> str:
        return "" if said.is_about_us else said.words

    for _, found in groupby(sorted(run, key=meaning), meaning):
        yield list(found)


def _readers(said: Collection[_Said]) -> int:
    return len({one.reader for one in said})


def _is_anybody_reached(channel: Channel, said: Iterable[_Said], is_quiet: bool) -> bool:
    """Return whether the same announcements reached anybody; with `is_quiet` also whether they may this moment, for
    then there is time to wait for that."""
    announcements = {one.announcement for one in said}
    reached = [DeliveryState.SENT, DeliveryState.DELIVERED, *([DeliveryState.SENDING] if is_quiet else [])]
    return Delivery.objects.filter(announcement__in=announcements, channel=channel, state__in=reached).exists()


def _take_back(channel: Channel) -> None:
    """Queue what the run had ended, due after others at the next look. What is too old stays as it is."""
    left = Breaker.objects.with_time_left().values_list("left", flat=True).get(channel=channel)  # type: ignore[misc]  # added by it
    again = Now() + Value(left + min(left / 2, _OTHERS_FIRST))
    _lately(channel).update(in_run=True)
    theirs = Delivery.objects.filter(pk__in=_run(channel).values("delivery"))
    ailing.take_back(theirs)
    theirs.filter(state=DeliveryState.QUEUED, visible_at__gt=again).update(visible_at=again)
    theirs.filter(state=DeliveryState.FAILED, created_at__gt=Now() - Value(MAX_AGE)).update(
        state=DeliveryState.QUEUED,
        cause=DeliveryCause.WE_ARE_REFUSED,
        refused_before=F("refused_before") + F("attempts"),
        attempts=0,
        visible_at=again,
    )
    _run(channel).filter(delivery__state=DeliveryState.FAILED).delete()


def _lately(channel: Channel) -> QuerySet[Refusal]:
    """Return what was believed a moment ago for the first time: a refusal is faster than the acceptance of what was
    handed over before it."""
    found = Refusal.objects.filter(channel=channel, in_run=False, said_at__gt=Now() - Value(_HAND_OVER))
    return found.filter(delivery__state=DeliveryState.FAILED, delivery__refused_before=0)


def is_nobody_believed(channel: Channel) -> bool:
    """Whether it waits, or is about to, because it said so often that nobody is there."""
    return Refusal.objects.filter(channel=channel, is_dead=True, in_run=True).exists()


def believe(channel: Channel) -> None:
    """The channel took something: what it refused before, it refused for the reader's sake."""
    refusals = Refusal.objects.filter(channel=channel)
    if not refusals.exists():
        return
    with transaction.atomic():
        refusals.filter(in_run=True).update(in_run=False)
        deaths.bury(channel, said_before=_HAND_OVER)
        done = refusals.filter(said_at__lte=Now() - Value(_HAND_OVER)).exclude(delivery__in=Delivery.objects.waiting())
        done.delete()
        refusals.filter(said_at__lte=Now() - Value(MAX_AGE)).delete()
