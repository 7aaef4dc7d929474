"""What `subscribers` tells whoever listens. Sent inside the transaction; receivers wait for the commit themselves."""

from django.dispatch import Signal

queued = Signal()  # a delivery row was written outside a fan-out: a confirmation, a latest update for one customer
