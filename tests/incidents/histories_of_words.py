"""The same histories, in which words are edited, said late and taken back, and bulletins are published."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from incidents.actions import bulletins, editing, publishing, recalling
from incidents.enums import CLOSED, IncidentStatus
from incidents.models import IncidentUpdate, Message
from tests.incidents.histories import Histories, touched
from tests.incidents.plain_model import Post

MOST_POSTS = 3
SOME_TIME = st.one_of(st.none(), st.integers(1, 3000))  # in minutes


class HistoriesOfWords(Histories):
    def __init__(self):
        super().__init__()
        self.posts = []
        self.told = 0

    def begin_with(self, first):
        super().begin_with(first)
        self.publish_bulletin(None, None, False, True)

    # --- Words ----------------------------------------------------------------------------------

    @precondition(lambda self: self.written)
    @rule(data=st.data())
    def edit_words(self, data):
        word = self.any_of(data, self.written)
        row = IncidentUpdate.objects.get(pk=word.row.pk)
        body = f"So it was, w{word.number:04}v{word.edits + 1:02}e."
        if word.is_withdrawn:
            with pytest.raises(ValidationError):
                editing.edit_words(update=row, body=body, by=None, at=self.now)
            return
        editing.edit_words(update=row, body=body, seen=word.edits, by=None, at=self.now)
        word.edits += 1
        self.did("edit words")

    @precondition(lambda self: self.that(lambda one: True))
    @rule(
        data=st.data(),
        status=st.sampled_from(list(IncidentStatus)),
        affected=touched,
        ago=st.floats(0, 1),
        is_told=st.booleans(),
    )
    def say_what_was_earlier(self, data, status, affected, ago, is_told):
        """An update that shows an earlier time: behind a newer one it moves nothing, else it moves all since then."""
        thing = self.any_of(data, self.that(lambda one: True))
        thing.row.refresh_from_db()
        passed = (self.now - thing.row.started_at) // timedelta(minutes=1)
        shown = self.now - timedelta(minutes=int(ago * passed))
        is_behind, before = thing.is_behind(shown), thing.said_by(shown)
        was_over = before is not None and before.status in CLOSED
        is_refused = (was_over or status in CLOSED) if is_behind else not thing.is_open
        words = {"status": status, "body": self.text(), "display_at": shown, "tells": is_told}
        words |= {"components": {} if is_behind else self.by_row(affected), "by": None, "at": self.now}
        if is_refused:
            with pytest.raises(ValidationError):
                publishing.post_update(incident=thing.row, **words)
            self.done["say what was earlier, refused"] += 1
            return
        update = publishing.post_update(incident=thing.row, **words)
        self.announced += thing.is_public and is_told
        if not is_behind:
            thing.affected |= affected
            thing.moves_to(status, shown)
        self.wrote(thing, update)
        self.did("say what was earlier" if is_behind else "say what is so since earlier")

    @precondition(lambda self: self.that(lambda one: not one.is_open))
    @rule(data=st.data())
    def say_a_word_after_the_end(self, data):
        thing = self.any_of(data, self.that(lambda one: not one.is_open))
        thing.row.refresh_from_db()
        words = {"status": thing.row.status, "body": self.text(), "is_late": True}
        self.wrote(thing, publishing.post_update(incident=thing.row, **words, by=None, at=self.now))
        self.announced += thing.is_public
        self.did("a word after the end")

    @precondition(lambda self: self.that_may_be_recalled())
    @rule(data=st.data())
    def recall(self, data):
        word = self.any_of(data, self.that_may_be_recalled())
        row = IncidentUpdate.objects.get(pk=word.row.pk)
        recalling.recall(announcement=row.announcement, reason="It was wrong.", by=None, at=self.now)
        word.is_withdrawn = True
        self.did("recall")

    def that_may_be_recalled(self):
        return [word for word in self.written if hasattr(word.row, "announcement") and not word.is_withdrawn]

    # --- Bulletins ------------------------------------------------------------------------------

    @precondition(lambda self: len(self.posts) < MOST_POSTS)
    @rule(starts=SOME_TIME, lasts=SOME_TIME, is_pinned=st.booleans(), tell=st.booleans())
    def publish_bulletin(self, starts, lasts, is_pinned, tell):
        begins = self.now + timedelta(minutes=starts or 0)
        until = begins + timedelta(minutes=lasts) if lasts else None
        words = {"title": "An announcement", "body": f"Read this, b{len(self.posts):04}v00e."}
        words |= {"from_at": begins if starts else None, "until_at": until, "is_pinned": is_pinned, "tell": tell}
        row = bulletins.publish(**words, by=None, at=self.now)
        self.posts.append(Post(len(self.posts), row, until, is_pinned))
        self.told += tell
        assert Message.objects.count() == self.told
        self.did("publish a bulletin")

    @precondition(lambda self: self.posts)
    @rule(data=st.data())
    def edit_bulletin(self, data):
        post = self.any_of(data, self.posts)
        body = f"Read this now, b{post.number:04}v{post.edits + 1:02}e."
        edit = {"title": "An announcement", "body": body, "until_at": post.until_at, "by": None, "at": self.now}
        if post.withdrawn_at:
            with pytest.raises(ValidationError):
                bulletins.edit(bulletin=post.row, **edit)
            return
        bulletins.edit(bulletin=post.row, **edit)
        post.edits += 1
        self.did("edit a bulletin")

    @precondition(lambda self: self.that_stand())
    @rule(data=st.data())
    def pin_bulletin(self, data):
        post = self.any_of(data, self.that_stand())
        post.is_pinned = not post.is_pinned
        bulletins.pin(bulletin=post.row, is_pinned=post.is_pinned, by=None, at=self.now)
        self.did("pin a bulletin")

    @precondition(lambda self: self.that_hold())
    @rule(data=st.data())
    def end_bulletin(self, data):
        self.end(self.any_of(data, self.that_hold()))

    def end(self, post):
        bulletins.end(bulletin=post.row, by=None, at=self.now)
        post.until_at = self.now
        self.did("end a bulletin")

    @precondition(lambda self: self.that_stand())
    @rule(data=st.data())
    def withdraw_bulletin(self, data):
        post = self.any_of(data, self.that_stand())
        bulletins.withdraw(bulletin=post.row, reason="It was wrong.", by=None, at=self.now)
        post.withdrawn_at = self.now
        self.did("withdraw a bulletin")

    def that_stand(self):
        return [post for post in self.posts if post.withdrawn_at is None]

    def that_hold(self):
        """Those that may be ended: on the page since before this minute."""
        return [post for post in self.posts if post.holds(self.now) and post.from_at < self.now]
