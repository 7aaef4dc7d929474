"""Past incidents like one that is being written."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from incidents.actions import publishing, recalling
from incidents.actions.similar import MOST, Past, like, most_alike, said_in, words_of
from incidents.models import Incident
from tests.factories import a_component, an_open_incident
from tests.shared_data import HISTORY, needed

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def past(pk, title, *components) -> Past:
    return Past(pk, words_of(title), frozenset(components))


def over(*components, at=NOON - timedelta(days=30), **kwargs) -> Incident:
    """An incident that is closed, an hour after it began."""
    incident = an_open_incident(*components, at=at, **kwargs).incident
    publishing.post_update(incident=incident, status="mitigating", body="We fix it.", by=None, at=at)
    ended = at + timedelta(hours=1)
    return publishing.post_update(incident=incident, status="resolved", body="It is over.", by=None, at=ended).incident


def titles(found) -> list[str]:
    return [one.incident.title for one in found]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Payments failed", "payment fails"),
        ("Slow services", "A service is slow"),
        ("\uff21\uff30\uff29 down", "The api is down"),
    ],
)
def test_endings_case_width_and_small_words_do_not_tell_titles_apart(one, other):
    assert words_of(one) == words_of(other)


def test_a_word_that_few_have_counts_more_than_one_that_all_have():
    pasts = [past(n, f"Incident with Thing{n}") for n in range(20)] + [past(99, "Incident with Cards")]
    assert most_alike(words_of("Incident with Cards"), (), pasts) == [99]


def test_the_same_components_count_too_and_the_same_title_counts_more():
    pasts = [past(1, "Database moved", 7), past(2, "Cards fail"), past(3, "Cards fail", 7), past(4, "Cards fail")]
    assert most_alike(words_of("Cards fail"), {7}, pasts) == [3, 2, 4]
    assert most_alike(words_of("Something else"), {7}, pasts) == [1, 3]


def test_of_two_that_are_as_like_it_the_first_is_named():
    assert most_alike(words_of("Cards"), (), [past(n, "Cards") for n in (5, 4, 3, 2)]) == [5, 4, 3]


@given(st.text(max_size=400), st.lists(st.text(max_size=60), max_size=8), st.sets(st.integers(0, 3)))
def test_any_title_is_compared_with_any_others(title, others, components):
    pasts = [past(n, other, *components) for n, other in enumerate(others)]
    found = most_alike(words_of(title), components, pasts)
    assert len(found) <= MOST
    assert set(found) <= set(range(len(others)))


@pytest.mark.django_db
class TestLike:
    def test_it_tells_what_was_said_in_its_order(self):
        cards = a_component("Cards")
        incident = over(cards, title="Cards fail", body="Some cards fail.")
        (found,) = like("Card payments fail", {cards: "major_outage"}, at=NOON)
        assert found.incident == incident
        assert [update.body for update in found.updates] == ["Some cards fail.", "We fix it.", "It is over."]
        assert found.said_at("mitigating").body == "We fix it."
        assert found.said_at("monitoring") is None

    def test_what_is_open_or_false_or_merged_or_of_another_kind_is_not_like_it(self):
        an_open_incident(title="Cards fail")
        for changes in ({"is_false_alarm": True}, {"merged_into": over(title="Bank")}):
            Incident.objects.filter(pk=over(title="Cards fail").pk).update(**changes)
        assert like("Cards fail", {}, at=NOON) == []

    def test_hidden_ones_are_proposed_to_staff_too(self):
        over(title="Cards fail", is_public=False)
        assert titles(like("Cards fail", {}, at=NOON)) == ["Cards fail"]

    def test_words_that_were_taken_back_are_not_proposed(self):
        incident = over(title="Cards fail", body="Wrong.")
        first = incident.announcements.order_by("pk").first()
        recalling.recall(announcement=first, reason="Wrong.", by=None, at=NOON)
        (found,) = like("Cards fail", {}, at=NOON)
        assert [update.body for update in found.updates] == ["We fix it.", "It is over."]
        assert said_in(first.update.public_id) == ""

    def test_older_than_two_years_it_counts_on_the_same_components_alone(self):
        cards = a_component("Cards")
        over(cards, title="Cards fail", at=NOON - timedelta(days=3 * 365))
        assert like("Cards fail", {}, at=NOON) == []
        assert titles(like("Cards fail", {cards: "major_outage"}, at=NOON)) == ["Cards fail"]

    @pytest.mark.parametrize("title", ["", "   ", "…!?", "the of and"])
    def test_a_title_without_a_word_is_like_nothing(self, title):
        over(title="Cards fail")
        assert like(title, {}, at=NOON) == []

    @pytest.mark.parametrize("title", ["\0", "'; DROP TABLE x; --", "%_\\", "(a+)+$" * 40, "é" * 100_000, "\ud800"])
    def test_a_hostile_title_is_only_compared(self, title):
        over(title="Cards fail")
        assert like(title, {}, at=NOON) == []

    @pytest.mark.parametrize("public_id", ["", "\0", "nothing", "a" * 500, "said-"])
    def test_an_update_that_there_is_not_has_no_words(self, public_id):
        assert said_in(public_id) == ""

    def test_it_asks_no_more_of_a_long_history(self, django_assert_max_num_queries):
        cards = a_component("Cards")
        for day in range(1, 12):
            over(cards, title=f"Cards fail {day}", at=NOON - timedelta(days=day))
        with django_assert_max_num_queries(5):
            assert len(like("Cards fail", {cards: "major_outage"}, at=NOON)) == MOST


@pytest.mark.django_db
def test_in_a_real_history_an_incident_of_the_same_product_is_among_the_three():
    call_command("import_history", needed(HISTORY), "--create-components", verbosity=0)
    at = Incident.objects.latest("started_at").started_at
    for title, product in {
        "Incident with Codespaces": "Codespaces",
        "Incident with GitHub Actions and Pages": "Pages",
        "GitHub Packages is degraded": "Packages",
        "Delays in webhook deliveries": "Webhooks",
        "Copilot does not answer": "Copilot",
        "Pull requests are slow to load": "Pull Requests",
    }.items():
        found = like(title, {}, at=at)
        named = {name for one in found for name in one.incident.components.values_list("name", flat=True)}
        assert any(product in name for name in named), (title, titles(found), named)
