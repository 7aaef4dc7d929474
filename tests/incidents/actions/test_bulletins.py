"""A bulletin's life: published once, edited in the open, pinned, ended, withdrawn; it moves no state."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction

from incidents.actions import bulletins
from incidents.actions.errors import BulletinConflict, KeyReused
from incidents.models import AuditEvent, Bulletin, Message, Site
from tests.factories import a_bulletin, a_component, a_user

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
TITLE, BODY = "We close on Christmas day", "Our support is back on **27 December**."


def publish(**changes) -> Bulletin:
    return bulletins.publish(**{"title": TITLE, "body": BODY, "by": None, "at": NOON} | changes)


def edit(bulletin, **changes) -> Bulletin:
    values = {name: getattr(bulletin, name) for name in ("title", "body", "until_at")}
    return bulletins.edit(**values | {"bulletin": bulletin, "by": None, "at": LATER} | changes)


def fresh(bulletin) -> Bulletin:
    return Bulletin.objects.get(pk=bulletin.pk)


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def refusal(act, *args, **kwargs) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        act(*args, **kwargs)
    return refused.value.message_dict


# --- Publishing ---------------------------------------------------------------------------------------------------


def test_it_is_shown_from_now_on_and_nobody_is_told_unasked():
    before = Site.load().page_version
    by = a_user("ana")
    bulletin = publish(by=by)
    assert (bulletin.from_at, bulletin.until_at, bulletin.is_pinned) == (NOON, None, False)
    assert "<strong>27 December</strong>" in bulletin.body_html
    assert list(Bulletin.objects.current(NOON)) == [bulletin]
    assert not Message.objects.exists()
    assert Site.load().page_version > before
    event = AuditEvent.objects.get()
    assert (event.action, event.by_name, event.subject_id) == ("published bulletin", "ana", bulletin.public_id)
    assert event.detail["after"]["title"] == TITLE


def test_who_asks_for_it_has_a_message_written_that_waits_for_its_time():
    bulletin = publish(tell=True, from_at=LATER)
    message = Message.objects.get()
    assert (message.kind, message.key, message.title) == ("bulletin", bulletin.public_id, TITLE)
    assert message.send_at == LATER
    assert message.path == f"/bulletins/{bulletin.public_id}/"


def test_no_component_and_no_state_of_the_page_is_touched():
    component = a_component()
    publish(title="A provider of ours has trouble; we are not affected", is_pinned=True)
    component.refresh_from_db()
    assert component.status == "operational"


def test_the_same_key_publishes_once_and_another_content_under_it_is_refused():
    first = publish(request_key="k", tell=True)
    assert publish(request_key="k", tell=True, at=LATER, by=a_user()) == first
    assert (Bulletin.objects.count(), Message.objects.count()) == (1, 1)
    others = ({"title": "Other"}, {"body": "Other"}, {"is_pinned": True}, {"tell": False}, {"from_at": LATER})
    for other in (*others, {"until_at": LATER}):
        with pytest.raises(KeyReused):
            publish(**{"request_key": "k", "tell": True} | other)
    assert Bulletin.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_one_publishes():
    Site.load()

    def click(_) -> str:
        try:
            return publish(request_key="k", tell=True).public_id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as clicks:
        assert len(set(clicks.map(click, range(16)))) == 1
    assert (Bulletin.objects.count(), Message.objects.count()) == (1, 1)


def test_a_fault_in_the_middle_leaves_nothing_behind(monkeypatch):
    Site.load()

    def dies(*args, **kwargs):
        raise IntegrityError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(Site, "raise_page_version", dies)
        with pytest.raises(IntegrityError):
            publish(request_key="k", tell=True)
    assert not any(model.objects.exists() for model in (Bulletin, Message, AuditEvent))
    assert publish(request_key="k", tell=True) == Bulletin.objects.get()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"title": " "}, "title", "Say in one line what it is about."),
        ({"title": "x" * 256}, "title", "Shorten this to 255"),
        ({"title": "bell\x07"}, "title", "U+0007"),
        ({"title": "two\nlines"}, "title", "U+000A"),
        ({"body": ""}, "body", "Write what customers should know."),
        ({"body": " \n\u200b"}, "body", "Write what customers should know."),
        ({"body": "x" * 25_001}, "body", "Shorten this to 25,000"),
        ({"body": "tab\x0b"}, "body", "U+000B"),
        ({"body": "By {{next_update_by}}."}, "body", "Fill the blank"),
        ({"until_at": NOON}, "until_at", "past"),
        ({"until_at": NOON - timedelta(days=1)}, "until_at", "past"),
        ({"from_at": NOON - timedelta(minutes=1)}, "from_at", "past"),
        ({"from_at": LATER, "until_at": LATER}, "until_at", "must end after it begins"),
        ({"from_at": LATER, "until_at": LATER - timedelta(minutes=1)}, "until_at", "must end after it begins"),
    ],
)
def test_what_cannot_be_published_is_refused_beside_its_field(changes, field, words):
    assert words in refusal(publish, **changes)[field][0]
    assert not Bulletin.objects.exists()


def test_everything_that_is_wrong_is_said_at_once():
    assert set(refusal(publish, title="", body="", until_at=NOON)) == {"title", "body", "until_at"}


def test_the_database_itself_refuses_an_end_before_the_beginning():
    bulletin = publish()
    with pytest.raises(IntegrityError, match="bulletin_until_after_from"), transaction.atomic():
        Bulletin.objects.filter(pk=bulletin.pk).update(until_at=NOON)


# --- When it is shown: by the minute, in which the page speaks -----------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "is_shown", "is_current"),
    [(-1, False, False), (0, True, True), (29.9, True, True), (30, True, False), (600, True, False)],
)
def test_it_begins_and_is_over_by_the_clock_alone(minutes, is_shown, is_current):
    publish(from_at=LATER, until_at=LATER + timedelta(minutes=30))
    at = LATER + timedelta(minutes=minutes)
    assert Bulletin.objects.shown(at).exists() == is_shown
    assert Bulletin.objects.current(at).exists() == is_current


def test_published_within_a_minute_it_is_shown_in_that_minute_and_ended_it_is_gone_in_it():
    at = NOON + timedelta(seconds=40)
    bulletin = publish(at=at)
    assert Bulletin.objects.current(NOON).exists()
    bulletins.end(bulletin=bulletin, by=None, at=at + timedelta(seconds=5))
    assert not Bulletin.objects.current(NOON).exists()


def test_a_time_of_this_minute_is_now_and_one_between_two_minutes_is_the_later():
    at = NOON + timedelta(seconds=40)
    assert publish(at=at, from_at=NOON).from_at == at
    assert publish(at=at, from_at=LATER + timedelta(seconds=1)).from_at == LATER + timedelta(minutes=1)


def test_the_pinned_come_first_then_the_newest():
    old, pinned, new = (a_bulletin(title, at=NOON + timedelta(hours=n)) for n, title in enumerate("abc"))
    bulletins.pin(bulletin=pinned, is_pinned=True, by=None, at=LATER)
    assert list(Bulletin.objects.pinned_first()) == [pinned, new, old]


# --- Editing --------------------------------------------------------------------------------------------------------


def test_an_edit_is_marked_and_the_audit_keeps_before_and_after():
    bulletin = publish(tell=True)
    edited = edit(bulletin, body="We are back on 28 December.")
    assert (edited.edited_at, edited.version) == (LATER, 2)
    assert "28 December" in fresh(bulletin).body_html
    detail = AuditEvent.objects.get(action="edited bulletin").detail
    assert (detail["before"]["body"], detail["after"]["body"]) == (BODY, "We are back on 28 December.")


def test_an_edit_sends_nothing_and_what_is_on_its_way_keeps_its_words():
    bulletin = publish(tell=True)
    edit(bulletin, title="Other")
    assert Message.objects.get().title == TITLE


def test_what_is_sent_later_says_the_new_words_at_the_new_time(time_machine):
    time_machine.move_to(NOON)
    at = datetime.now(UTC)
    begins = datetime(2100, 1, 1, tzinfo=UTC) - timedelta(days=400)  # by the database's clock, which no test moves
    bulletin = publish(tell=True, at=at, from_at=begins)
    edited = edit(bulletin, at=at, title="Other", from_at=begins + timedelta(days=1))
    message = Message.objects.get()
    assert (message.title, message.send_at) == ("Other", begins + timedelta(days=1))
    assert edited.edited_at is None  # nobody has read the former words
    edit(edited, at=at, from_at=at)
    assert (fresh(bulletin).from_at, Message.objects.get().send_at) == (at, at)


def test_an_edit_that_changes_nothing_writes_nothing():
    bulletin = publish()
    edit(bulletin)
    assert fresh(bulletin).version == 1
    assert verbs() == ["published bulletin"]


def test_an_edit_of_what_a_colleague_changed_meanwhile_is_a_conflict():
    bulletin = publish()
    edit(bulletin, body="Theirs.")
    with pytest.raises(BulletinConflict) as conflict:
        edit(bulletin, body="Ours.", seen=1)
    assert conflict.value.latest.body == "Theirs."
    assert fresh(bulletin).body == "Theirs."
    assert edit(bulletin, body="Ours.", seen=2).body == "Ours."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"body": ""}, "body"),
        ({"until_at": NOON + timedelta(minutes=1)}, "until_at"),
        ({"from_at": LATER + timedelta(hours=1)}, "from_at"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(changes, field):
    bulletin = publish()
    assert set(refusal(edit, bulletin, **changes)) == {field}
    assert fresh(bulletin).version == 1


def test_a_typing_error_can_be_mended_in_one_that_is_over():
    bulletin = publish(until_at=NOON + timedelta(minutes=5))
    assert edit(bulletin, title="Mended").title == "Mended"


def test_one_that_is_over_can_be_shown_again():
    bulletin = publish(until_at=NOON + timedelta(minutes=5))
    edit(bulletin, until_at=None)
    assert Bulletin.objects.current(LATER).exists()


# --- Pinned, ended, withdrawn ----------------------------------------------------------------------------------------


def test_pinning_and_ending_twice_is_done_once():
    bulletin = publish()
    for _ in range(2):
        bulletins.pin(bulletin=bulletin, is_pinned=True, by=None, at=LATER)
    bulletins.pin(bulletin=bulletin, is_pinned=False, by=None, at=LATER)
    for _ in range(2):
        bulletins.end(bulletin=bulletin, by=None, at=LATER)
    assert verbs() == ["published bulletin", "pinned bulletin", "unpinned bulletin", "ended bulletin"]
    assert fresh(bulletin).until_at == LATER


def test_what_has_not_begun_cannot_end():
    with pytest.raises(ValidationError, match="not begun"):
        bulletins.end(bulletin=publish(from_at=LATER), by=None, at=NOON)


def test_withdrawn_it_leaves_the_front_page_stays_known_and_goes_to_nobody_more():
    bulletin = publish(tell=True)
    bulletins.withdraw(bulletin=bulletin, reason="It was wrong.", by=None, at=LATER)
    assert not Bulletin.objects.current(LATER).exists()
    assert list(Bulletin.objects.shown(LATER)) == [bulletin]
    assert Message.objects.get().withdrawn_at == LATER
    site = Site.load()
    assert site.oldest_shown == site.page_version
    assert AuditEvent.objects.get(action="withdrew bulletin").detail["reason"] == "It was wrong."
    again = bulletins.withdraw(bulletin=bulletin, reason="Twice.", by=None, at=LATER + timedelta(hours=1))
    assert (again.withdrawn_at, again.withdrawn_reason) == (LATER, "It was wrong.")


def test_withdrawn_before_its_time_the_public_never_learns_of_it():
    bulletin = publish(from_at=LATER)
    bulletins.withdraw(bulletin=bulletin, reason="It was wrong.", by=None, at=NOON)
    assert not Bulletin.objects.shown(LATER + timedelta(days=1)).exists()
    assert not fresh(bulletin).was_shown


@pytest.mark.parametrize("reason", ["", "  ", "x" * 256, "bell\x07"])
def test_a_reason_that_says_nothing_is_refused(reason):
    bulletin = publish()
    assert set(refusal(bulletins.withdraw, bulletin=bulletin, reason=reason, by=None, at=LATER)) == {"reason"}
    assert fresh(bulletin).withdrawn_at is None


def test_what_was_withdrawn_stays_as_it_was():
    bulletin = publish()
    bulletins.withdraw(bulletin=bulletin, reason="It was wrong.", by=None, at=LATER)
    later = {"bulletin": bulletin, "by": None, "at": LATER}
    for act in (lambda: edit(bulletin, body="X"), lambda: bulletins.pin(is_pinned=True, **later)):
        with pytest.raises(ValidationError, match="withdrawn"):
            act()
    with pytest.raises(ValidationError, match="withdrawn"):
        bulletins.end(**later)
