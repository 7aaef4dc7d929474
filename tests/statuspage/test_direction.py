"""Every place of a template that shows what somebody typed lets it have its own direction: text from right to left
must neither stand in left-to-right order nor turn the words of ours around it."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest

from incidents.templatetags.incidents import said
from statuspage.lib import markdown

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TEMPLATES = Path(__file__).parents[2] / "templates"
FOLDERS = ("public", "subscribe", "console", "emails")
# What ends so was typed by somebody: titles, names, descriptions, whole updates.
TYPED = re.compile(r"(^|\.)(title|name|description|page_name|body_html|html|about|alt)$|^page\.group$")
# What a form or Django calls a name or a title, and a title that is ours.
OURS = re.compile(r"^(field|form|row|choice|provider|channel|stop|words|url)\.(name|title|html)$|^forms?\.")
# No elements within, so nothing to isolate: one line of plain text or a value.
PLAIN = {"title", "option", "textarea", "code", "pre", "style", "script"}
VOID = {"meta", "link", "input", "img", "br", "hr", "use", "path", "circle"}
_TITLE_BLOCK = re.compile(r"{%\s*block (?:title|preview|card)\s*%}.*?{%\s*endblock\b", re.DOTALL)
_KEPT = re.compile(r"{%\s*blocktranslate\b[^%]*\basvar\b.*?{%\s*endblocktranslate\b", re.DOTALL)  # shown elsewhere
_TAG = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
_VARIABLE = re.compile(r"{{\s*([\w.]+)[^}]*}}")


class Places(HTMLParser):
    """The typed texts of one template that stand neither in <bdi> nor in an element with dir, with their lines."""

    def __init__(self, source: str):
        super().__init__()
        self.open, self.found = [], []
        blanked = source
        for unseen in (_TITLE_BLOCK, _KEPT):
            blanked = unseen.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), blanked)
        self.feed(_TAG.sub(lambda match: re.sub(r"[^\n]", "", match[0]), blanked))

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append((tag, tag == "bdi" or "dir" in dict(attrs)))

    def handle_endtag(self, tag):
        names = [name for name, _ in self.open]
        if tag in names:
            del self.open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data):
        if any(tag in PLAIN or is_free for tag, is_free in self.open):
            return
        for match in _VARIABLE.finditer(data):
            if TYPED.search(match[1]) and not OURS.search(match[1]):
                line = self.getpos()[0] + data.count("\n", 0, match.start())
                self.found.append(f"line {line}: {match[1]}")


@pytest.mark.parametrize("folder", FOLDERS)
def test_whatever_was_typed_has_its_own_direction(folder):
    found = []
    for file in sorted((TEMPLATES / folder).glob("*.html")):
        found += [f"{folder}/{file.name} {place}" for place in Places(file.read_text()).found]
    assert found == []


TEXT = """A word.

- one

3. three
7. seven

> said

| a | b |
|:--|--:|
| c | d |

# Heading
"""


class Blocks(HTMLParser):
    """The blocks of what was published, each with its tag and whether it has its own direction."""

    NAMES = {"p", "li", "blockquote", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6"}

    def __init__(self, html: str):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag in self.NAMES:
            self.found.append((tag, dict(attrs).get("dir"), dict(attrs)))


def published(html: str) -> list:
    site = SimpleNamespace(zone=UTC)
    return Blocks(said({"site": site}, SimpleNamespace(html=html, at=NOW, promised_at=None))).found


def test_every_block_of_an_update_has_its_own_direction_whatever_else_it_carries():
    blocks = published(markdown.render(TEXT))
    assert {tag for tag, _, _ in blocks} == {"p", "li", "blockquote", "th", "td"}
    assert {direction for _, direction, _ in blocks} == {"auto"}
    assert any(attrs.get("value") == "7" for _, _, attrs in blocks)


@pytest.mark.parametrize("block", ['<li value="3">', '<td align="right" title="a > b">', "<h3>", "<p>"])
def test_a_block_keeps_its_attributes_beside_the_direction(block):
    (given,) = Blocks(block).found
    (found,) = published(block)
    assert found[2] == given[2] | {"dir": "auto"}


@pytest.mark.parametrize("other", ["<pre>", '<link href="x">', "<thead>", '<hr value="1">'])
def test_what_is_no_block_stays_as_it_is(other):
    assert said({"site": SimpleNamespace(zone=UTC)}, SimpleNamespace(html=other, at=NOW, promised_at=None)) == other


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("<p>{{ story.title }}</p>", ["line 1: story.title"]),
        ("<p><bdi>{{ story.title }}</bdi></p>", []),
        ('<h1 dir="auto"><a>{{ incident.title }}</a></h1>', []),
        ("{% block title %}{{ story.title }}{% endblock %}\n{{ page.name }}", ["line 2: page.name"]),
        ('<input name="{{ row.name }}">{{ field.name }}', []),
        ("{% if x %}<li>{% else %}<li>{% endif %}{{ update.html|safe }}</li>", ["line 1: update.html"]),
    ],
)
def test_the_test_finds_what_it_looks_for(source, places):
    assert Places(source).found == places
