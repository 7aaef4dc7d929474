"""Deliveries that are due go out: claim some, check each again, hand them over, write down what became of them.

No transaction is open while the network is spoken to. What a killed worker leaves behind comes back: whatever it had
not begun as if nothing had been, whatever was in flight as "possibly doubled". See `journal` and `ledger`.
"""

from datetime import timedelta

from .. import offering
from ..channels import Unavailable, transport
from ..enums import Channel
from . import breakers, kept_unsubscribes, ledger, pauses, unoffered
from .refusals import in_a_row
from .run import SendRun


def due_channels(min_overdue: timedelta = ledger.NO_WAIT) -> list[Channel]:
    """The channels that have rows due since `min_overdue` or longer, and a provider that is there and not left alone.

    What dead processes of this machine left behind is due at once.
    """
    ledger.recover()
    in_a_row.judge_quiet()
    unoffered.give_up()
    channels = [channel for channel in breakers.closed_channels() if offering.is_offered(channel)]
    return [channel for channel in channels if pauses.due_heads(channel, min_overdue).exists()]


def drain(channel: Channel, limit: int | None = None, *, min_overdue: timedelta = ledger.NO_WAIT) -> int:
    """Attempt what is due on `channel` (`limit` of it at most), until nothing is left or RUN_SECONDS are over.

    Returns how many were settled or put off: 0 says that there was nothing to do or that nothing could be done now.
    While there is more than one worker can take at once, the signal `deliveries_due` calls another: so all help, and
    none runs against a provider that is down.
    """
    kept_unsubscribes.settle()
    ledger.recover()
    failures = breakers.failures(channel)
    if failures is None or not offering.is_offered(channel):
        return 0
    try:
        run = SendRun(channel, transport(channel), limit, min_overdue, is_probing=failures > 0)
    except Unavailable as error:  # its settings are wrong
        breakers.leave_alone(channel, error)
        return 0
    done = run.work()
    in_a_row.judge_quiet()
    return done
