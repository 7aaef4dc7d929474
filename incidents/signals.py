"""What `incidents` tells whoever listens. Sent inside the transaction; receivers wait for the commit themselves."""

from django.dispatch import Signal

announced = Signal()  # announcement
recalled = Signal()  # announcement
