"""The lead's screens for announcements: written, previewed, published once, changed, pinned, ended, withdrawn."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import bulletins
from incidents.models import Bulletin, Message
from tests.factories import a_bulletin
from tests.incidents.console.conftest import in_minutes
from tests.journeys.browsing import Form

pytestmark = pytest.mark.django_db
WORDS = {"title": "We close on Christmas day", "body": "Back on **27 December**."}


def published(lead, **changes):
    return lead.compose("console:new-bulletin", **WORDS | changes)


def form_of(lead, bulletin) -> dict:
    values = Form(lead.get("console:bulletin", bulletin.public_id).text, {"seen", "body"}).values
    return {name: value.removeprefix("\n") for name, value in values.items()}


def edited(lead, bulletin, **changes):
    return lead.post("console:bulletin-edit", form_of(lead, bulletin) | changes, bulletin.public_id)


def press(lead, act, bulletin, **values):
    return lead.post(f"console:bulletin-{act}", values, bulletin.public_id, follow=True)


# --- Writing one ------------------------------------------------------------------------------------------------------


def test_the_board_leads_to_a_new_one_and_shows_what_holds(lead):
    a_bulletin("It holds", is_pinned=True)
    a_bulletin("It comes", from_at=timezone.now() + timedelta(days=1))
    board = lead.get("console:board").text
    assert reverse("console:new-bulletin") in board
    assert [words in board for words in ("It holds", "It comes", "Pinned", "Planned")] == [True] * 4


def test_publishing_shows_it_and_tells_nobody_unless_asked(lead):
    answer = published(lead)
    bulletin = Bulletin.objects.get()
    assert answer["Location"] == reverse("console:bulletin", args=[bulletin.public_id])
    assert (bulletin.title, bulletin.created_by, bulletin.is_told) == (WORDS["title"], lead.user, False)
    assert not Message.objects.exists()
    assert "The page shows it now." in lead.client.get(answer["Location"]).text


def test_ticked_it_is_told_and_pinned(lead):
    published(lead, tell="on", is_pinned="on", from_at=in_minutes(60), until_at=in_minutes(120))
    bulletin = Bulletin.objects.get()
    assert (bulletin.is_told, bulletin.is_pinned) == (True, True)
    assert Message.objects.get().send_at == bulletin.from_at


def test_sent_twice_it_is_published_once(lead):
    values = lead.form("console:new-bulletin") | WORDS | {"tell": "on"}
    answers = [lead.post("console:new-bulletin", values) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert (Bulletin.objects.count(), Message.objects.count()) == (1, 1)


def test_the_same_form_with_other_words_is_a_conflict_and_then_a_new_one(lead):
    values = lead.form("console:new-bulletin") | WORDS
    lead.post("console:new-bulletin", values)
    answer = lead.post("console:new-bulletin", values | {"body": "Other words."})
    assert answer.status_code == 409
    assert "already published, with something else in it" in answer.text
    again = lead.post("console:new-bulletin", values | {"request_key": answer.context["form"].data["request_key"]})
    assert again.status_code == 302
    assert Bulletin.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "", "Say in one line what it is about."),
        ("title", "x" * 256, "Shorten this to 255"),
        ("title", "bell\x07", "U+0007"),
        ("body", "", "Write what customers should know."),
        ("body", "x" * 25_001, "Shorten this to 25,000"),
        ("from_at", "tomorrow", "Write a date and a time"),
        ("until_at", "soon", "Write a date and a time"),
    ],
)
def test_what_cannot_be_published_comes_back_as_it_was_typed_with_the_reason_beside_it(lead, field, value, message):
    answer = published(lead, **{field: value, "tell": "on"})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert message in form.errors[field][0]
    assert form["title"].value() == (value if field == "title" else WORDS["title"])
    assert form["tell"].value()
    assert not Bulletin.objects.exists()


@pytest.mark.parametrize(
    ("times", "field", "message"),
    [
        ((60, 30), "until_at", "must end after it begins"),
        ((None, -5), "until_at", "past"),
        ((-5, None), "from_at", "past"),
    ],
)
def test_times_that_cannot_be_are_refused_beside_the_field(lead, times, field, message):
    named = zip(("from_at", "until_at"), times, strict=True)
    answer = published(lead, **{name: in_minutes(one) for name, one in named if one is not None})
    assert answer.status_code == 422
    assert message in answer.context["form"].errors[field][0]


def test_everything_that_is_wrong_is_said_at_once(lead):
    answer = published(lead, title="", body="", until_at="soon")
    assert set(answer.context["form"].errors) == {"title", "body", "until_at"}


def test_the_preview_shows_the_block_of_the_page(lead):
    values = {"title": "We <close>", "body": "Back on **Monday**.", "is_pinned": "on"}
    answer = lead.post("console:bulletin-preview", values, headers={"HX-Request": "true"})
    assert "We &lt;close&gt;" in answer.context["document"]
    assert "<strong>Monday</strong>" in answer.context["document"]
    assert "above the components" in answer.text
    assert not Bulletin.objects.exists()
    assert "nothing is published yet" in lead.post("console:bulletin-preview", values).text
    assert lead.get("console:bulletin-preview").status_code == 302


@pytest.mark.parametrize(
    "values",
    [{}, {"title": "a\0b", "body": "\x0b", "from_at": "x"}, {"body": "[" * 25_000}, {"body": "x" * 100_000}],
)
def test_the_preview_takes_whatever_is_half_written(lead, values):
    assert lead.post("console:bulletin-preview", values).status_code == 200


# --- Its screen -------------------------------------------------------------------------------------------------------


def test_its_words_are_changed_and_nothing_is_sent(lead):
    bulletin = a_bulletin(tell=True)
    answer = edited(lead, bulletin, title="We close early")
    assert answer.status_code == 302
    bulletin.refresh_from_db()
    assert bulletin.title == "We close early"
    assert bulletin.edited_at
    assert Message.objects.get().title != "We close early"


def test_a_colleague_s_newer_change_is_shown_and_saved_over_only_when_read(lead, colleague):
    bulletin = a_bulletin()
    mine = form_of(lead, bulletin) | {"body": "Mine."}
    edited(colleague, bulletin, body="Theirs.")
    answer = lead.post("console:bulletin-edit", mine, bulletin.public_id)
    assert answer.status_code == 409
    assert "Theirs." in answer.text
    assert "Mine." in answer.text
    bulletin.refresh_from_db()
    assert bulletin.body == "Theirs."
    again = lead.post("console:bulletin-edit", mine | {"seen": answer.context["form"].data["seen"]}, bulletin.public_id)
    assert again.status_code == 302
    bulletin.refresh_from_db()
    assert bulletin.body == "Mine."


def test_saved_twice_it_is_changed_once(lead):
    bulletin = a_bulletin()
    values = form_of(lead, bulletin) | {"body": "Mine."}
    assert [lead.post("console:bulletin-edit", values, bulletin.public_id).status_code for _ in range(2)] == [302, 302]
    bulletin.refresh_from_db()
    assert bulletin.version == 2


def test_when_it_begins_is_a_question_until_it_has(lead):
    begun = a_bulletin()
    planned = a_bulletin(from_at=timezone.now() + timedelta(hours=1))
    assert "from_at" not in lead.get("console:bulletin", begun.public_id).context["form"].fields
    edited(lead, planned, from_at="")
    planned.refresh_from_db()
    assert planned.has_begun(timezone.now())


def test_a_refused_change_comes_back_as_it_was_typed(lead):
    bulletin = a_bulletin()
    answer = edited(lead, bulletin, title="", body="Kept words.")
    assert answer.status_code == 422
    assert "Nothing is saved yet." in " ".join(answer.text.split())
    assert "Kept words." in answer.text


def test_it_is_pinned_unpinned_and_ended_by_one_press_each(lead):
    bulletin = a_bulletin()
    assert "Pinned above the components." in press(lead, "pin", bulletin, pin="1").text
    assert "Not pinned any more." in press(lead, "pin", bulletin).text
    assert "Ended." in press(lead, "end", bulletin).text
    bulletin.refresh_from_db()
    assert bulletin.is_over(timezone.now())


def test_what_has_not_begun_does_not_end(lead):
    bulletin = a_bulletin(from_at=timezone.now() + timedelta(hours=1))
    assert "End it now" not in lead.get("console:bulletin", bulletin.public_id).text
    assert "Withdraw it, and nobody ever sees it." in press(lead, "end", bulletin).text


def test_withdrawing_asks_why_and_then_nothing_can_be_changed(lead):
    bulletin = a_bulletin()
    assert "leaves the front page" in lead.get("console:bulletin-withdraw", bulletin.public_id).text
    refused = lead.post("console:bulletin-withdraw", {"reason": " "}, bulletin.public_id)
    assert refused.status_code == 422
    assert "Say in a few words why" in refused.text
    assert "Nothing more of it goes out." in press(lead, "withdraw", bulletin, reason="It was wrong.").text
    screen = lead.get("console:bulletin", bulletin.public_id)
    assert "It was wrong." in screen.text
    assert screen.context["form"] is None
    assert "withdrawn already" in press(lead, "withdraw", bulletin, reason="Twice.").text
    assert "withdrawn" in press(lead, "pin", bulletin, pin="1").text


def test_the_list_teaches_while_it_is_empty_and_names_where_each_stands(lead):
    assert "There is no announcement yet." in lead.get("console:bulletins").text
    a_bulletin("It holds")
    wrong = a_bulletin("It was wrong", tell=True)
    bulletins.withdraw(bulletin=wrong, reason="It was wrong.", by=None, at=timezone.now())
    found = lead.get("console:bulletins")
    assert [standing for _, standing in found.context["rows"]] == ["Withdrawn", "On the page"]


def test_support_has_no_way_to_them(support):
    for name in ("bulletins", "new-bulletin"):
        assert support.get(f"console:{name}").status_code == 403
