"""The signals that `incidents` sends, inside the transaction; receivers wait for the commit themselves."""

from django.dispatch import Signal

announced = Signal()  # announcement
recalled = Signal()  # announcement
merged = Signal()  # incident, into; both as they are after it, and who did it, when: by, at
written = Signal()  # message
deleting = Signal()  # component; a receiver that returns a sentence forbids it, and says why
unplaced = Signal()  # a receiver returns a sentence: who hears of an incident that names no component
hiding = Signal()  # component; a receiver returns a sentence: what its being private means for people
