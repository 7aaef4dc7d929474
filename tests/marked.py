"""What of our own words is marked for the catalogues, and what of a template is shown but not marked."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

CHECKOUT = Path(settings.BASE_DIR)
FOLDERS = ("public", "subscribe", "emails")
# /outbox/ is a screen of the staff's.
TEMPLATES = [
    file
    for folder in FOLDERS
    for file in sorted((CHECKOUT / "templates" / folder).rglob("*"))
    if file.suffix in (".html", ".txt") and not file.name.startswith("outbox")
]
NAMES = frozenset({"Atom", "RSS", "JSON", "SMS", "JSON Feed"})  # the same in every language
_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
_PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
_SAID = re.compile(r'\b_\("([^"]+)"\)')
_MARKED = re.compile(r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}", re.DOTALL)
_QUIET = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
_READ = ("alt", "title", "aria-label", "placeholder", "label")

Message = tuple[str | None, str]  # context, English words


def messages() -> set[Message]:
    """Everything that code and templates mark."""
    return {one for file in _sources() for one in _of_code(file.read_text())} | {
        one for file in TEMPLATES for one in _of_template(file)
    }


def _sources() -> Iterator[Path]:
    for package in ("incidents", "subscribers", "statuspage"):
        yield from (CHECKOUT / package).rglob("*.py")


def _of_code(source: str) -> Iterator[Message]:
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _PLAIN | _CONTEXT:
            words = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if words:
                yield (words[0], words[1]) if call.func.id in _CONTEXT else (None, words[0])


def _of_template(file: Path) -> Iterator[Message]:
    nodes = get_template(str(file.relative_to(CHECKOUT / "templates"))).template.nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        context = node.message_context and node.message_context.resolve({})
        yield context, str(node.filter_expression.var.literal)
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        yield None, node.render_token_list(node.singular)[0]
    for words in _SAID.findall(file.read_text()):
        yield None, words


class Unmarked(HTMLParser):
    """The words that a template shows as they stand in it, whatever the language."""

    def __init__(self, source: str):
        super().__init__()
        self.found: list[str] = []
        self.is_code = False
        self.feed(_QUIET.sub(" ", _MARKED.sub(" ", source)))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.is_code = tag in ("style", "script", "code")
        for name, value in attrs:
            if name in _READ or (name == "content" and dict(attrs).get("name") == "description"):
                self._look(value or "")

    def handle_endtag(self, tag):
        self.is_code = False

    def handle_data(self, data):
        if not self.is_code:
            self._look(data)

    def _look(self, text: str) -> None:
        words = " ".join(text.split())
        if re.search(r"[^\W\d_]{2}", words) and words not in NAMES:
            self.found.append(words)
