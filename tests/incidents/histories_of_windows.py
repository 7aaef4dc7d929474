"""The acts on planned work, among all that happens: it is moved, started, ended and called off."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from incidents.actions import scheduling
from incidents.actions.following import acts
from incidents.enums import STATUS_OF_ACT, WINDOW_ACTS, Act
from tests.incidents.histories_of_words import HistoriesOfWords


class HistoriesOfWindows(HistoriesOfWords):
    @precondition(lambda self: any(thing.is_open and thing.row.is_maintenance for thing in self.things))
    @rule(data=st.data(), hours=st.integers(1, 48))
    def act_on_maintenance(self, data, hours):
        thing = self.any_of(data, [one for one in self.things if one.is_open and one.row.is_maintenance])
        thing.row.refresh_from_db()
        act = data.draw(st.sampled_from([act for act in acts(thing.row, at=self.now) if act in WINDOW_ACTS]))
        if act == Act.MOVE:
            self.move_window(thing, timedelta(hours=hours))
        else:
            self.post(thing, STATUS_OF_ACT[act], {}, act)

    def move_window(self, thing, later):
        begins = self.now + later if thing.status == "scheduled" else thing.row.scheduled_for
        window = begins, max(begins, self.now) + later
        if window == thing.row.window:
            return
        update = scheduling.act_on(
            maintenance=thing.row, act=Act.MOVE, window=window, body=self.text(), by=None, at=self.now
        )
        self.announced += thing.is_public
        thing.moves_to(thing.status, self.now)
        self.wrote(thing, update)
        self.did(Act.MOVE.label)
