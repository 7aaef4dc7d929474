"""Parts of the page that are rendered once, and anew as soon as anything that they say is another."""

from dataclasses import replace

import pytest
from django.template import engines
from django.utils import translation

from incidents.enums import ComponentStatus
from incidents.page.overview import Component
from incidents.templatetags import remembered as tag
from incidents.templatetags.remembered import remembered

PAYMENTS = Component(
    public_id="abcdefghijkm", name="Payments", description="", status=ComponentStatus.OPERATIONAL, uptime=None
)
LINE = "public/_component.html"


@pytest.fixture(autouse=True)
def rendered(monkeypatch):
    """The templates that were rendered, in order; nothing is remembered yet."""
    tag._remember.cache_clear()
    names, render = [], tag.render_to_string

    def noted(name, context):
        names.append(name)
        return render(name, context)

    monkeypatch.setattr(tag, "render_to_string", noted)
    yield names
    tag._remember.cache_clear()


def test_what_stays_as_it_is_is_rendered_once(rendered):
    first = remembered(LINE, component=PAYMENTS)
    assert remembered(LINE, component=replace(PAYMENTS)) == first
    assert rendered == [LINE]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": ComponentStatus.MAJOR_OUTAGE}, "Major outage"),
        ({"name": "Refunds"}, "<bdi>Refunds"),
        ({"description": "Money that goes back."}, "<small>Money that goes back.</small>"),
        ({"public_id": "mnpqrstuvwxy"}, "component-mnpqrstuvwxy"),
    ],
)
def test_whatever_changes_is_said_at_once(change, words):
    assert words not in remembered(LINE, component=PAYMENTS)
    assert words in remembered(LINE, component=replace(PAYMENTS, **change))


def test_each_language_has_its_own():
    english = remembered(LINE, component=PAYMENTS)
    with translation.override("de"):
        assert remembered(LINE, component=PAYMENTS) != english
    assert remembered(LINE, component=PAYMENTS) == english


def test_what_somebody_typed_is_escaped():
    said = remembered(LINE, component=replace(PAYMENTS, name="<script>"))
    assert "<bdi>&lt;script&gt;" in said


def test_it_reads_nothing_of_the_page_around_it():
    source = '{% load remembered %}{% remembered "public/_component.html" component=component %}'
    page = engines["django"].from_string(source)
    assert page.render({"component": PAYMENTS, "site": "x"}) == page.render({"component": PAYMENTS, "site": "y"})


def test_who_works_on_the_templates_sees_each_change(rendered, settings):
    settings.DEBUG = True
    remembered(LINE, component=PAYMENTS), remembered(LINE, component=PAYMENTS)
    assert rendered == [LINE, LINE]
