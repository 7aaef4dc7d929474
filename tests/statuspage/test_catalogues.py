"""The catalogues: each holds every word of ours, and what is shown is marked. `make messages` after a change."""

import ast
import gettext
import re
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.utils.html import strip_tags

from incidents.models import Site
from tests import every_word
from tests.marked import TEMPLATES, Unmarked, messages

OTHERS = [code for code, _ in settings.LANGUAGES if code != "en"]
FOLDER = Path(settings.LOCALE_PATHS[0])
# In German texts too: names, formats, words for gateways, Unicode's names of characters.
SHARED = frozenset(
    [
        "in",
        "an",
        "status",
        "test",
        "support",
        "feed",
        "feeds",
        "atom",
        "rss",
        "json",
        "banner",
        "html",
        "sms",
        "start",
        "stop",
        "help",
        "link",
        "links",
        "u",
        "name",
        "com",
        "example",
        "component",
        "path",
        "data",
        "fill",
        "min",
        "h",
    ]
)


def entries(code: str) -> dict[tuple[str | None, str], list[str]]:
    """The other words by context and English ones, as the catalogue's source has them; fails for a doubtful one."""
    found = {}
    for block in (FOLDER / code / "LC_MESSAGES" / "django.po").read_text().split("\n\n")[1:]:
        assert "fuzzy" not in block, block
        said = [_joined(block, key) for key in ("msgstr", r"msgstr\[0\]", r"msgstr\[1\]")]
        found[_joined(block, "msgctxt"), _joined(block, "msgid")] = [words for words in said if words is not None]
    return found


def _joined(block: str, key: str) -> str | None:
    found = re.search(rf'^{key} ((?:".*"\n?)+)', block + "\n", re.MULTILINE)
    return "".join(map(ast.literal_eval, found[1].strip().split("\n"))) if found else None


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_holds_every_marked_word_and_no_other(code):
    assert set(entries(code)) == messages()


@pytest.mark.parametrize("code", OTHERS)
def test_no_word_is_left_to_be_translated(code):
    assert [key for key, words in entries(code).items() if not words or not all(words)] == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_fills_in_what_the_english_words_do(code):
    """Of a plural the last form; one of its forms may say "a" for the number."""
    blanks = re.compile(r"%\(\w+\)s")
    wrong = [
        key for key, words in entries(code).items() if set(blanks.findall(key[1])) - set(blanks.findall(words[-1]))
    ]
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_compiled_is_the_catalogue(code):
    with open(FOLDER / code / "LC_MESSAGES" / "django.mo", "rb") as file:
        compiled = gettext.GNUTranslations(file)
    for (context, words), (one, *more) in entries(code).items():
        if more:
            assert (compiled.ngettext(words, "", 1), compiled.ngettext(words, "", 2)) == (one, *more)
        else:
            assert (compiled.pgettext(context, words) if context else compiled.gettext(words)) == one


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_template_shows_a_word_that_is_not_marked(file):
    assert Unmarked(file.read_text()).found == []


@pytest.mark.parametrize(
    "planted",
    [
        "<p>See the whole</p>",
        '<img alt="Our state">',
        "{% if a %}Nothing yet{% endif %}",
        '<p>{% translate "Marked" %} and more</p>',
        "{% blocktranslate %}Marked{% endblocktranslate %} as well",
    ],
)
def test_an_unmarked_word_is_found(planted):
    assert len(Unmarked(planted).found) == 1


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.lower()))


def english() -> set[str]:
    """The words of the English messages that no German one has."""
    known = entries("de")
    theirs = set().union(*(words_of(strip_tags(one)) for words in known.values() for one in words))
    ours = set().union(*(words_of(_plain(words)) for context, words in known if context is None))
    return ours - theirs - SHARED


def _plain(words: str) -> str:
    return strip_tags(re.sub(r"%\(\w+\)s", "", words))


def shown(text: str) -> str:
    """What of a page, feed, mail or script a person reads, without addresses."""
    text = re.sub(r"<(style|script|code)\b.*?</\1>|\((?:latin|zero)[^)]*\)", " ", text, flags=re.DOTALL)
    read = " ".join(re.findall(r'\b(?:alt|title|aria-label|data-said|(?:on|og:title)" content)="([^"]*)"', text))
    return re.sub(r"https?:\S+|[\w.+-]+@[\w.-]+|tag:\S+|/\S+/", " ", strip_tags(text) + " " + read)


@pytest.mark.django_db
def test_nothing_english_is_said_on_a_german_site():
    Site.load()
    Site.objects.update(language="de", name="Larkfeld", time_zone="Europe/Berlin")
    forbidden, found = english(), {}
    with time_machine.travel("2026-11-21T12:00:07Z", tick=False):
        for name, text in every_word.everything():
            if not name.endswith(("embed.js", ".ics", ".json")) and (both := words_of(shown(text)) & forbidden):
                found[name] = both
    assert found == {}
    assert {"incident", "subscribe", "updates", "the", "we"} <= forbidden
    assert words_of(shown("<p>Subscribe to updates</p>")) & forbidden
