"""Random lives of planned work beside a plain model: whatever is done in whatever order, its window, its state, what is
to come and what was told are as the acts say; what is refused changes nothing."""

import os
import random
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from incidents.actions import publishing, scheduling
from incidents.enums import Act, StepKind
from incidents.models import Incident, Maintenance, PlannedStep
from incidents.page import calendar
from tests import seeds
from tests.factories import a_component
from tests.planned import a_window

pytestmark = pytest.mark.django_db
SEED = seeds.seed(11)
LIVES, ACTS_OF_A_LIFE = int(os.environ.get("LIVES", 40)), 6
HOUR = timedelta(hours=1)
LEADS = (72 * HOUR, HOUR)
POSSIBLE = {
    "scheduled": {"note", Act.START, Act.MOVE, Act.CANCEL},
    "in_progress": {"note", Act.MOVE, Act.END},
    "completed": set(),
    "cancelled": set(),
}
BECOMES = {Act.START: "in_progress", Act.END: "completed", Act.CANCEL: "cancelled"}


class Model:
    """What planned work should be, by rules that fit on a page."""

    def __init__(self, window):
        self.status, self.window, self.told, self.withheld = "scheduled", window, 1, set()

    def does(self, act, window, at):
        if act in BECOMES:
            self.status = BECOMES[act]
        if act == Act.MOVE:
            self.window = window
            self.withheld = {lead for lead in LEADS if window[0] - lead <= at + HOUR}
        self.told += 1

    @property
    def to_come(self):
        if self.status in ("completed", "cancelled"):
            return set()
        end = {(StepKind.END, self.window[1])}
        if self.status == "in_progress":
            return end
        reminders = {(StepKind.REMINDER, self.window[0] - lead) for lead in LEADS if lead not in self.withheld}
        return end | reminders | {(StepKind.BEGIN, self.window[0])}


def a_move(choice, model, at):
    """A window, mostly one that can be."""
    begins = at + choice.randint(-1, 100) * HOUR if model.status == "scheduled" else model.window[0]
    window = (begins, max(begins, at) + choice.randint(0, 5) * HOUR)
    return window, window[0] < window[1] and window[1] > at and window != model.window and (
        begins > at or model.status != "scheduled"
    )


def do(row, act, window, at):
    if act == "note":
        publishing.post_update(incident=row, status=row.status, body="A note.", by=None, at=at)
    else:
        scheduling.act_on(maintenance=row, act=act, window=window, by=None, at=at)


def sequence(row):
    return calendar._revision(Maintenance.objects.with_timeline().get(pk=row.pk), timezone.now())[0]


def test_whatever_is_done_it_is_as_the_acts_say():
    print(f"SEED={SEED}")
    choice, database = random.Random(SEED), a_component("Database")
    done = set()
    for _ in range(LIVES):
        row = a_window(database, begins=240 * HOUR, lasts=2 * HOUR, planned=timedelta(0))
        model, number = Model(row.window), sequence(row)
        for _ in range(ACTS_OF_A_LIFE):
            at = timezone.now()
            act = choice.choice(["note", *BECOMES, Act.MOVE, Act.MOVE])
            window, can_be = a_move(choice, model, at) if act == Act.MOVE else (None, True)
            if act in POSSIBLE[model.status] and can_be:
                do(row, act, window, at)
                model.does(act, window, at)
                done.add((model.status, act))
                assert sequence(row) > number
                number = sequence(row)
            else:
                with pytest.raises(ValidationError):
                    do(row, act, window, at)
            row = Incident.all_kinds.get(pk=row.pk)
            assert (row.status, row.window) == (model.status, model.window)
            steps = PlannedStep.objects.open().filter(maintenance=row.pk)
            assert {(step.kind, step.due_at) for step in steps} == model.to_come
            assert row.announcements.count() == model.told
    assert len(done) == 7  # each act in each state that allows it
