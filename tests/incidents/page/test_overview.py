from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from incidents.actions import publishing, scheduling
from incidents.enums import ComponentStatus
from incidents.models import Component, ComponentGroup, Incident, Site
from incidents.page import incident as incident_page
from incidents.page import overview
from incidents.page.incident_views import build_views
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
QUERIES = 9


@pytest.fixture(autouse=True)
def _a_site():
    Site.load()


def build(at=NOON):
    return overview.build(at=at)


def resolve(incident, at):
    publishing.post_update(incident=incident, status="resolved", body="It is over.", by=None, at=at)


def a_maintenance(*components, start, hours=2, **kwargs):
    values = {"title": "Database upgrade", "body": "We upgrade.", "components": components, "by": None, "at": NOON}
    window = {"scheduled_for": start, "scheduled_until": start + timedelta(hours=hours)}
    return scheduling.schedule_maintenance(**values | window | kwargs).incident


def parts_of(value):
    """Every value that the page is made of, however deep."""
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from parts_of(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from parts_of(item)


@pytest.mark.parametrize("count", [3, 60])
def test_the_number_of_queries_does_not_depend_on_what_there_is(count, django_assert_num_queries):
    group = ComponentGroup.objects.create(name="Payments")
    for number in range(count):
        component = a_component(group=group if number % 2 else None)
        an_open_incident(component, at=NOON - timedelta(hours=number))
        a_maintenance(component, start=NOON + timedelta(days=number + 1))
        resolve(an_open_incident(component, at=NOON - timedelta(hours=2)).incident, at=NOON - timedelta(hours=1))
    with django_assert_num_queries(QUERIES):
        page = build()
    assert len(page.incidents) == len(page.upcoming) == count


def test_the_page_is_frozen_all_the_way_down():
    payments = a_component("Payments")
    an_open_incident(payments, at=NOON)
    a_maintenance(payments, start=NOON + timedelta(days=1))
    for part in parts_of(build()):
        assert not isinstance(part, list | dict | set)
        assert not is_dataclass(part) or type(part).__dataclass_params__.frozen
        hash(part)


def test_the_headline_says_what_is_wrong_and_why():
    a_component("Login")
    update = an_open_incident(a_component("Payments"), at=NOON, title="Card payments fail")
    page = build()
    assert page.sentence == ("Payments is partly down.", "Everything else works.", "See:")
    assert [story.title for story in page.reasons] == ["Card payments fail"]
    assert page.reasons[0].url == update.incident.get_absolute_url()
    assert (page.state, page.indicator) == (ComponentStatus.PARTIAL_OUTAGE, "minor")


def test_the_worst_incident_is_the_first_reason_though_the_newest_is_the_first_shown():
    an_open_incident(a_component(), status=ComponentStatus.MAJOR_OUTAGE, title="Worst", at=NOON - timedelta(hours=2))
    an_open_incident(a_component(), status=ComponentStatus.DEGRADED_PERFORMANCE, title="Newest", at=NOON)
    page = build()
    assert [story.title for story in page.reasons] == ["Worst", "Newest"]
    assert [story.title for story in page.incidents] == ["Newest", "Worst"]


def test_of_many_reasons_the_worst_are_named_and_the_rest_counted():
    for number in range(5):
        an_open_incident(a_component(), at=NOON, title=f"Number {number}")
    page = build()
    assert (len(page.reasons), page.other_reasons) == (3, 2)


def test_an_open_incident_without_a_component_never_looks_calm():
    a_component("Payments")
    an_open_incident(at=NOON)
    page = build()
    assert page.indicator == "none"
    assert page.state == ComponentStatus.DEGRADED_PERFORMANCE
    assert page.sentence == ("An incident is open.", "", "See:")
    assert [story.title for story in page.reasons] == ["Card payments fail"]


def test_beside_an_incident_without_a_component_nobody_says_that_everything_else_works():
    a_component("Login")
    an_open_incident(a_component("Payments"), at=NOON)
    an_open_incident(at=NOON, title="Elsewhere")
    assert build().sentence == ("Payments is partly down.", "Another incident is open.", "See:")


def test_a_page_without_anything_claims_nothing(django_assert_num_queries):
    Site.load()
    with django_assert_num_queries(7):
        page = build()
    assert page.sentence.first == "Nothing is set up here yet."
    assert (page.is_set_up, page.looks) == (False, "none")


def test_so_does_one_on_which_everything_is_private():
    a_component(is_public=False)
    an_open_incident(at=NOON, is_public=False)
    assert build().sentence.first == "Nothing is set up here yet."
    assert build().looks == "none"


def test_a_page_that_speaks_without_components_says_what_is_open():
    incident = an_open_incident(at=NOON - timedelta(days=40)).incident
    assert build().sentence.first == "An incident is open."
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=NOON - timedelta(days=39))
    assert (build().sentence.first, build().looks) == ("No incidents are open.", "operational")


def test_of_planned_work_nothing_is_affected_yet_and_of_what_is_over_nothing_any_more():
    payments = a_component("Payments")
    work = a_maintenance(payments, start=NOON + timedelta(days=3))
    (planned,) = build().upcoming
    assert planned.affected_in_words == ((planned.affected[0], "will be affected"),)
    assert (planned.tint, planned.is_quiet) == ("none", True)
    publishing.post_update(incident=work, status="in_progress", body="Now.", by=None, at=NOON)
    (active,) = build().active
    assert (active.affected_in_words[0][1], active.tint) == ("Under maintenance", "under_maintenance")
    publishing.post_update(incident=work, status="completed", body="Done.", by=None, at=NOON)
    (over,) = build_views([Incident.all_kinds.with_timeline().get(pk=work.pk)], codes=frozenset(), at=NOON)
    assert (over.affected_in_words[0][1], over.tint) == ("was under maintenance", "none")


@pytest.mark.parametrize(
    ("status", "words"),
    [("degraded_performance", "was degraded"), ("partial_outage", "was partly down"), ("major_outage", "was down")],
)
def test_what_is_over_is_told_in_the_past_tense_with_how_long_it_lasted(status, words):
    incident = an_open_incident(a_component(), status=status, at=NOON - timedelta(minutes=12)).incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=NOON)
    story = build().days[0].incidents[0].story
    assert story.affected_in_words[0][1] == words
    assert (story.is_quiet, story.lasted) == (True, timedelta(minutes=12))


def test_work_that_ended_before_its_window_lasted_no_time_that_we_could_tell():
    work = a_maintenance(start=NOON + timedelta(days=1))
    for status in ("in_progress", "completed"):
        publishing.post_update(incident=work, status=status, body="Now.", by=None, at=NOON)
    (over,) = build_views([Incident.all_kinds.with_timeline().get(pk=work.pk)], codes=frozenset(), at=NOON)
    assert over.lasted is None


def test_the_whole_timeline_is_there_with_what_changed():
    payments = a_component("Payments")
    first = an_open_incident(payments, at=NOON)
    publishing.post_update(
        incident=first.incident,
        status="mitigating",
        body="**Better** now.",
        by=None,
        at=NOON + timedelta(minutes=5),
        components={payments: ComponentStatus.DEGRADED_PERFORMANCE},
    )
    (story,) = build(NOON + timedelta(minutes=6)).incidents
    assert [update.label for update in story.updates] == ["Mitigating", "Investigating"]
    assert story.latest.html == "<p><strong>Better</strong> now.</p>"
    (change,) = story.latest.changes
    assert (change.name, change.old, change.new) == ("Payments", "partial_outage", "degraded_performance")


def test_the_next_word_is_the_soonest_promised_and_overdue_once_its_time_has_passed():
    an_open_incident(a_component(), at=NOON, title="Later", next_update_at=NOON + timedelta(hours=1))
    an_open_incident(a_component(), at=NOON, title="Sooner", next_update_at=NOON + timedelta(minutes=30))
    assert (build().next_word.title, build().next_word.is_overdue) == ("Sooner", False)
    assert build(NOON + timedelta(minutes=31)).next_word.is_overdue


def test_a_group_knows_its_worst_child_and_what_is_in_trouble():
    group = ComponentGroup.objects.create(name="Payments")
    cards, debit = a_component("Cards", group=group), a_component("Debit", group=group, position=1)
    alone = a_component("Website")
    an_open_incident(debit, at=NOON)
    first, loose = build().groups
    assert (first.name, first.status) == ("Payments", ComponentStatus.PARTIAL_OUTAGE)
    assert [component.name for component in first.components] == [cards.name, debit.name]
    assert [component.name for component in first.in_trouble] == ["Debit"]
    assert [component.name for component in loose.components] == [alone.name]
    assert not loose.name


def test_maintenance_is_planned_then_active_then_in_the_past():
    database = a_component("Database")
    maintenance = a_maintenance(database, start=NOON + timedelta(hours=1))
    page = build()
    assert [story.title for story in page.upcoming] == ["Database upgrade"]
    assert page.sentence.first == "Everything works."

    begun = NOON + timedelta(hours=1)
    publishing.post_update(incident=maintenance, status="in_progress", body="We begin.", by=None, at=begun)
    page = build(begun)
    assert (len(page.active), page.upcoming) == (1, ())
    assert page.sentence.first == "Database is under maintenance."
    assert build(begun + timedelta(hours=3)).active[0].overruns

    publishing.post_update(incident=maintenance, status="completed", body="Done.", by=None, at=begun)
    page = build(begun)
    assert page.active == ()
    assert [entry.story.title for entry in page.days[0].maintenances] == ["Database upgrade"]


def test_a_plan_whose_time_has_come_says_that_it_has_not_begun():
    a_maintenance(a_component(), start=NOON + timedelta(hours=1))
    assert not build().upcoming[0].overruns
    assert build(NOON + timedelta(hours=2)).upcoming[0].overruns


def test_fourteen_days_are_said_newest_first_quiet_ones_too():
    incident = an_open_incident(a_component(), at=NOON - timedelta(days=3)).incident
    resolve(incident, NOON - timedelta(days=2))
    days = build().days
    assert [day.date for day in days] == [date(2026, 11, 21) - timedelta(days=n) for n in range(14)]
    assert [len(day.incidents) for day in days] == [0, 0, 1, 1] + [0] * 10
    assert [day.incidents[0].is_continued for day in days[2:4]] == [True, False]


def test_a_day_is_a_day_of_the_pages_zone():
    Site.objects.update(time_zone="Pacific/Auckland")
    an_open_incident(a_component(), at=NOON)
    today = build().days[0]
    assert today.date == date(2026, 11, 22)
    assert not today.incidents[0].is_continued


def test_what_was_over_before_the_fourteen_days_is_left_to_the_history():
    resolve(an_open_incident(at=NOON - timedelta(days=30)).incident, NOON - timedelta(days=20))
    assert not any(day.incidents for day in build().days)


def test_a_cancelled_maintenance_did_not_take_place():
    maintenance = a_maintenance(a_component(), start=NOON - timedelta(hours=1))
    publishing.post_update(incident=maintenance, status="cancelled", body="Called off.", by=None, at=NOON)
    page = build()
    assert page.upcoming == ()
    assert not any(day.maintenances for day in page.days)


def test_the_version_moves_with_the_content_and_not_with_the_clock():
    component = a_component("Payments")
    calm = build().version
    assert build(NOON + timedelta(minutes=5)).version == calm
    an_open_incident(component, at=NOON, next_update_at=NOON + timedelta(minutes=30))
    burning = build().version
    assert burning != calm
    assert build(NOON + timedelta(minutes=31)).version != burning, "a promise that was not kept is news"


def test_what_is_hidden_is_nowhere_on_the_page():
    shown, hidden = a_component("Payments"), a_component("CANARY component", is_public=False)
    an_open_incident(shown, hidden, at=NOON)
    an_open_incident(shown, at=NOON, title="CANARY incident", is_public=False)
    a_maintenance(shown, start=NOON + timedelta(days=1), title="CANARY maintenance", is_public=False)
    later = a_component("CANARY later")
    an_open_incident(later, at=NOON)
    Component.objects.filter(pk=later.pk).update(is_public=False)
    assert "CANARY" not in repr(build())


def test_it_is_lively_while_something_is_open_and_an_hour_longer():
    incident = an_open_incident(a_component("Payments"), at=NOON - timedelta(hours=9)).incident
    assert build().is_lively
    resolve(incident, NOON)
    assert build(NOON + timedelta(minutes=59)).is_lively
    assert not build(NOON + timedelta(minutes=60)).is_lively


def test_a_plan_makes_it_lively_when_it_is_told_and_not_until_it_begins():
    a_maintenance(start=NOON + timedelta(days=3))
    assert build().is_lively
    assert not build(NOON + timedelta(hours=2)).is_lively


def test_the_page_of_an_incident_is_lively_while_it_lasts_and_that_of_a_plan_when_it_is_told():
    lasting = an_open_incident(at=NOON - timedelta(hours=9)).incident
    planned = a_maintenance(start=NOON + timedelta(days=3))
    assert incident_page.build(lasting.public_id, at=NOON).is_lively
    assert incident_page.build(planned.public_id, at=NOON).is_lively
    assert not incident_page.build(planned.public_id, at=NOON + timedelta(hours=2)).is_lively
