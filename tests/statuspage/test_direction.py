"""Every place of a template that shows what somebody typed lets it have its own direction: text from right to left
must neither stand in left-to-right order nor turn the words of ours around it."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
FOLDERS = ("public", "subscribe", "console", "emails")
# What ends so was typed by somebody: titles, names, descriptions, whole updates.
TYPED = re.compile(r"(^|\.)(title|name|description|page_name|body_html|html|about)$|^page\.group$")
# What a form or Django calls a name or a title, and a title that is ours.
OURS = re.compile(r"^(field|form|row|choice|provider|channel|stop|words|url)\.(name|title|html)$|^forms?\.")
# No elements within, so nothing to isolate: one line of plain text or a value.
PLAIN = {"title", "option", "textarea", "code", "pre", "style", "script"}
VOID = {"meta", "link", "input", "img", "br", "hr", "use", "path", "circle"}
_TITLE_BLOCK = re.compile(r"{%\s*block (?:title|preview|card)\s*%}.*?{%\s*endblock", re.DOTALL)
_TAG = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
_VARIABLE = re.compile(r"{{\s*([\w.]+)[^}]*}}")


class Places(HTMLParser):
    """The typed texts of one template that stand neither in <bdi> nor in an element with dir, with their lines."""

    def __init__(self, source: str):
        super().__init__()
        self.open, self.found = [], []
        blanked = _TITLE_BLOCK.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)
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
