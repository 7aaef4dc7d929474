"""The signals that `subscribers` sends, inside the transaction; receivers wait for the commit themselves."""

from django.dispatch import Signal

# Rows of `channel` are due: listed by a fan-out, asked for by a confirmation or by support, released or queued again by
# a person, or held back no longer by a breaker or the fence. A send run sends it too, for others to help.
deliveries_due = Signal()  # channel; rows of it were written, released or queued again, and workers may be asleep
