"""What a plain model knows of an incident or a maintenance, of what was said in it, and of a bulletin."""

from datetime import datetime

from incidents.enums import CLOSED

WORST_LAST = ("operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage")


def worst(statuses):
    return max(statuses, key=WORST_LAST.index, default="operational")


class Word:
    """An update: its place, what it says, and whether the public reads it. `number`: in the order of writing."""

    def __init__(self, number, row, at, status, is_public):
        self.number, self.row, self.at, self.status, self.is_public = number, row, at, status, is_public
        self.edits, self.is_withdrawn = 0, False

    @property
    def place(self):
        return self.at, self.number

    @property
    def mark(self):
        """What stands in its text alone, and in no former text of it."""
        return f"w{self.number:04}v{self.edits:02}e"


class Post:
    """A bulletin."""

    def __init__(self, number, row, until_at, is_pinned):
        self.number, self.row, self.until_at, self.is_pinned = number, row, until_at, is_pinned
        self.from_at: datetime = row.from_at
        self.withdrawn_at = None
        self.edits = 0

    @property
    def mark(self):
        return f"b{self.number:04}v{self.edits:02}e"

    def is_shown(self, at):
        return self.from_at <= at and (self.withdrawn_at is None or self.withdrawn_at > self.from_at)

    def holds(self, at):
        return self.is_shown(at) and self.withdrawn_at is None and (self.until_at is None or self.until_at > at)


class Thing:
    """What the model knows of an incident or a maintenance."""

    def __init__(self, row, affected):
        self.row, self.affected = row, dict(affected)
        self.status, self.is_public = row.status, row.is_public
        self.is_false_alarm, self.resolved_at, self.into = False, None, None
        self.words = []
        self.told = []  # (at, {number: status}): what it gave its components from then on

    @property
    def is_open(self):
        return self.status not in CLOSED

    @property
    def read(self):
        """What the public reads in it, the newest first."""
        return sorted((word for word in self.words if word.is_public), key=lambda word: word.place, reverse=True)

    def said_by(self, at):
        """What had been said last at a moment; None for nothing."""
        return max((word for word in self.words if word.at <= at), key=lambda word: word.place, default=None)

    def is_behind(self, at):
        """Whether something newer was said than a moment."""
        return any(word.at > at for word in self.words)

    @property
    def counts(self):
        """Whether uptime counts it."""
        return self.is_public and not self.is_false_alarm

    @property
    def holds(self):
        """Whether its components are as bad as it says: nothing hidden holds one down."""
        return self.is_at_work and self.is_public

    @property
    def is_at_work(self):
        return self.status in ("in_progress", "verifying") if self.row.is_maintenance else self.is_open

    def says(self, at):
        """It says from `at` on what it says now."""
        self.told.append((at, dict(self.affected) if self.is_at_work else {}))

    def moves_to(self, status, at):
        self.status = status
        self.resolved_at = (self.resolved_at or at) if status in CLOSED else None
        self.is_false_alarm = self.is_false_alarm and status in CLOSED
        self.says(at)

    def takes_in(self, other, at):
        """The other goes on as part of it."""
        for number, status in other.affected.items():
            theirs = status if other.is_open else "operational"
            self.affected[number] = worst([theirs, self.affected.get(number, theirs)])
        moments = sorted({when for when, _ in self.told + other.told})
        self.told = [
            (when, {n: worst([self.gave(n, when), other.gave(n, when)]) for n in range(5)}) for when in moments
        ]
        for word in other.words:
            word.is_public = word.is_public and other.is_public
        self.words += other.words
        other.told, other.status, other.into, other.words = [], "resolved", self, []
        self.moves_to(self.status, at)

    def begins(self, at, before):
        """What it gave from its begin, until now `before`, it gave from the earlier `at` on."""
        later = [(when, states) for when, states in self.told if not at <= when < before]
        self.told = sorted(((at if when == before else when, states) for when, states in later), key=lambda one: one[0])

    def gives_up(self, numbers, new):
        """What it said of some components was always said by the new one."""
        for when, states in self.told:
            new.told.append((when, {number: states.pop(number) for number in numbers & states.keys()}))
        for number in numbers:
            del self.affected[number]

    def gave(self, number, at):
        """The state that it gave a component at a moment."""
        said = [states for when, states in self.told if when <= at]
        return said[-1].get(number, "operational") if said else "operational"
