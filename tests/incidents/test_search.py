"""The history searched: what a stranger finds by words, component and group, and what never."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from incidents import views
from incidents.actions import recalling, scheduling
from incidents.enums import ComponentStatus
from incidents.models import ComponentGroup, Site
from incidents.page import search
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
ADDRESS = "/history/search/"


def found(client, words="", **asked):
    """The titles that stand on the page, in their order."""
    answer = client.get(ADDRESS, {"q": words, **asked})
    assert answer.status_code == 200
    return [part.split("</a>")[0].split(">")[-1] for part in answer.text.split("<h3 ")[1:]]


@pytest.fixture
def cards():
    group = ComponentGroup.objects.create(name="Payments")
    return a_component("Cards", group=group)


@pytest.fixture
def past(cards):
    """Two incidents, the older first."""
    now = timezone.now()
    refused, slow = ("Payments are refused", "The bank's gateway fails."), ("Exports are slow", "The queue is long.")
    return (
        an_open_incident(cards, title=refused[0], body=refused[1], at=now - timedelta(days=9)).incident,
        an_open_incident(a_component("Export"), title=slow[0], body=slow[1], at=now - timedelta(days=2)).incident,
    )


@pytest.mark.parametrize(
    "words", ["refused", "REFUS", "gateway", "bank's", "payments gateway", "cards", "  fails   bank's "]
)
def test_all_words_are_looked_for_in_title_updates_and_names_whatever_their_case(client, past, words):
    assert found(client, words) == ["Payments are refused"]


def test_the_newest_stands_first(client, past):
    assert found(client, "are") == ["Exports are slow", "Payments are refused"]


def test_only_what_holds_all_words_is_found(client, past):
    assert found(client, "refused queue") == []


def test_it_is_found_by_component_and_by_group(client, cards, past):
    assert found(client, where=cards.public_id) == ["Payments are refused"]
    assert found(client, where=cards.group.public_id) == ["Payments are refused"]
    assert found(client, "slow", where=cards.public_id) == []


def test_markup_and_what_is_not_shown_of_the_words_is_not_found(client):
    an_open_incident(title="One", body="**Bold** [words](https://a.example).")
    assert found(client, "bold") == ["One"]
    for unseen in ("strong", "noopener", "<p>"):
        assert found(client, unseen) == []


@pytest.mark.parametrize("sign", ["%", "_", "\\", "'", '"', "\0", "\u202e", "&", "<", "🙂"])
def test_any_sign_is_only_a_sign(client, past, sign):
    assert found(client, f"zz{sign}zz") == []


def test_signs_that_html_writes_otherwise_are_found(client):
    an_open_incident(title="One", body='It says "a < b & c" at 100% there\'s more.')
    for word in ('"a', "<", "&", "100%", "there's"):
        assert found(client, word) == ["One"]


def test_nothing_hidden_is_found(client, past):
    hidden = a_component("Vault", group=ComponentGroup.objects.create(name="Cellar"), is_public=False)
    an_open_incident(hidden, title="Exports are secret", is_public=False)
    an_open_incident(hidden, title="Shown", body="We look.")
    for words in ("secret", "vault", "cellar"):
        assert found(client, words) == []
    assert found(client, where=hidden.public_id) == found(client, where=hidden.group.public_id) == []
    assert "Vault" not in client.get(ADDRESS).text
    assert "Cellar" not in client.get(ADDRESS).text


def test_words_that_were_withdrawn_are_not_found(client):
    wrong = an_open_incident(title="One", body="Everything burns.")
    recalling.recall(announcement=wrong.announcement, reason="Wrong.", by=None, at=timezone.now())
    assert found(client, "burns") == []


def test_what_was_merged_and_what_is_only_planned_is_in_no_list(client):
    now = timezone.now()
    start = now + timedelta(days=1)
    window = {"scheduled_for": start, "scheduled_until": start + timedelta(hours=1)}
    scheduling.schedule_maintenance(title="Upgrade", body="We upgrade.", components=[], by=None, at=now, **window)
    assert found(client, "upgrade") == []


def test_more_than_a_part_leads_on_and_back(client, monkeypatch):
    monkeypatch.setattr(search, "PER_PART", 2)
    now = timezone.now()
    for number in range(5):
        an_open_incident(title=f"Slow {number}", at=now - timedelta(days=number))
    assert found(client, "slow") == ["Slow 0", "Slow 1"]
    assert found(client, "slow", part="2") == ["Slow 2", "Slow 3"]
    middle = client.get(ADDRESS, {"q": "slow", "part": "2"}).text
    assert 'href="/history/search/?q=slow"' in middle
    assert 'href="/history/search/?q=slow&amp;part=3"' in middle
    assert "part=4" not in client.get(ADDRESS, {"q": "slow", "part": "3"}).text


@pytest.mark.parametrize("part", ["0", "-1", "x", "99999999999999999999", "٣"])
def test_a_part_that_is_none_is_the_first_or_the_last(client, past, part):
    assert client.get(ADDRESS, {"q": "are", "part": part}).status_code == 200


def test_too_many_words_are_refused_beside_the_field_and_nothing_typed_is_lost(client):
    for words, said in (("x" * 101, "at most 100 characters"), ("a " * 7, "at most 6 words")):
        answer = client.get(ADDRESS, {"q": words})
        assert answer.status_code == 400
        assert said in answer.text
        assert f'value="{words.strip()}"' in answer.text
    assert client.get(ADDRESS, {"q": "x" * 100}).status_code == 200


def test_what_was_typed_is_text_and_stays_in_the_form(client, cards):
    answer = client.get(f"{ADDRESS}?q={quote('<script>')}&where={cards.public_id}").text
    assert 'value="&lt;script&gt;"' in answer
    assert f'<option value="{cards.public_id}" selected>' in answer
    assert "<script>" not in answer


def test_no_result_says_what_to_do_and_nothing_asked_finds_nothing(client, past):
    answer = client.get(ADDRESS, {"q": "nowhere"}).text
    assert "Nothing that we published holds all of these words." in answer
    assert "Try fewer words" in answer
    assert '<section class="section wrap" aria-labelledby="found">' not in client.get(ADDRESS).text


def test_a_crowd_is_told_to_come_back_without_a_look_into_the_database(client, past, django_assert_num_queries):
    taken = [views._searching.acquire(blocking=False) for _ in range(3)]
    try:
        with django_assert_num_queries(0):
            answer = client.get(ADDRESS, {"q": "are"})
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Please try again in a few seconds." in answer.text
    finally:
        for has_place in taken:
            if has_place:
                views._searching.release()
    assert found(client, "are")


def test_a_place_is_given_back_whatever_happens(client, monkeypatch):
    monkeypatch.setattr(search, "build", lambda *args, **kwargs: 1 / 0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            client.get(ADDRESS)
    monkeypatch.undo()
    assert client.get(ADDRESS).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_the_number_of_queries_does_not_depend_on_what_is_found(count, django_assert_num_queries):
    Site.load()
    for _ in range(count):
        an_open_incident(a_component(), title="Slow", status=ComponentStatus.DEGRADED_PERFORMANCE)
    with django_assert_num_queries(6):
        assert len(search.build(search.Wanted(words="slow"), at=timezone.now()).stories) == min(count, search.PER_PART)


def test_the_history_leads_to_it(client):
    assert 'action="/history/search/"' in client.get("/history/").text


def test_it_is_kept_by_nobody_and_found_by_no_crawler(client):
    answer = client.get(ADDRESS, {"q": "x"})
    assert answer["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in answer.text
