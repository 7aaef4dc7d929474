"""A channel is one object: what the program asks of it is there, and nothing outside its folder asks which it is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from incidents.models import Announcement
from statuspage.celery import queues
from subscribers import channels
from subscribers.channels import registry
from subscribers.channels.message import Sample
from subscribers.enums import Channel
from subscribers.models import Confirmation

CHECKOUT = Path(settings.BASE_DIR)
FOLDERS = Path(channels.__file__).parent
# Rooms of one channel alone, whose name it bears: they may name it, and still not ask which one somebody has.
DOORS = ("subscribers/receipts/sms.py", "subscribers/people/inbound_sms.py")
IN_A_TAG = re.compile(r"{[{%].*?[%}]}", re.DOTALL)


def test_the_lines_and_the_folders_are_the_same_channels():
    assert {file.parent.name for file in FOLDERS.glob("*/channel.py")} == set(Channel.values)
    assert [one.channel for one in registry.every()] == list(Channel)
    with pytest.raises(ValueError, match="pigeon"):
        registry.of("pigeon")


@pytest.mark.parametrize("channel", Channel)
def test_a_channel_has_all_that_is_asked_of_it(channel):
    one = registry.of(channel)
    assert one.channel is channel
    assert channel in queues()
    assert one.writers.keys() >= {Announcement, Confirmation, Sample}
    assert callable(one.part("transport").transport)
    assert one.recognises(one.example_address)
    assert one.normalise(one.example_address) == one.example_address
    assert get_template(f"subscribe/channels/_{channel}_sent.html")
    documented = (CHECKOUT / "docs" / "settings.md").read_text()
    for name in filter(None, (one.url_setting, one.rate_setting, one.per_domain_setting)):
        assert hasattr(settings, name)
        assert f"`{name}`" in documented


def test_channels_do_not_share_what_tells_them_apart():
    for name in ("error_id", "url_setting", "in_a_sentence", "schemes", "headings"):
        values = [getattr(one, name) for one in registry.every()]
        assert len({str(value) for value in values}) == len(values), name


def test_the_sign_up_form_shows_the_fields_of_the_chosen_channel_alone():
    """By its place: the style names none. A channel too many needs a line more there."""
    style = (CHECKOUT / "static/css/subscribe.css").read_text()
    for number in range(1, len(Channel) + 1):
        assert f':nth-child({number}) :checked) [data-channel]:not([data-channel="{number}"])' in style


# --- Nobody asks which channel it is ---------------------------------------------------------------------------


def named(tree: ast.AST) -> Iterator[ast.expr]:
    """Where code names one channel: Channel.SMS, Channel["SMS"], "sms"."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.expr) and _names(node))


def _names(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=enum, attr=name):
            return name in Channel.__members__ and _is_the_enum(enum)
        case ast.Subscript(value=enum):
            return _is_the_enum(enum)
        case ast.Constant(value=value):
            return value in Channel.values
    return False


def _is_the_enum(node: ast.expr) -> bool:
    return ast.unparse(node).rpartition(".")[2] == "Channel"


def branches(tree: ast.AST) -> Iterator[ast.expr]:
    """Where code does one thing for one channel: in a comparison, in a `match`, as the key of a mapping."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.MatchValue):
            yield from named(node)
        elif isinstance(node, ast.Dict):
            for key in filter(None, node.keys):
                yield from named(key)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "startswith":
            yield from named(node)


@pytest.mark.parametrize(
    "planted",
    [
        "x = 1 if channel == Channel.SMS else 2",
        'x = 1 if row.channel != "email" else 2',
        'x = {enums.Channel.EMAIL: "relay"}[channel]',
        "x = {(Announcement, Channel.SMS): write}",
        'x = channel in ("sms",)',
        "match channel:\n    case Channel.SMS:\n        pass",
        'match channel:\n    case "email":\n        pass',
        'x = channel is Channel["SMS"]',
        'x = channel.startswith("sms")',
    ],
)
def test_a_branch_on_a_channel_is_found(planted):
    assert list(branches(ast.parse(planted)))


def test_no_code_outside_a_channels_folder_names_a_channel():
    found = []
    for package in ("statuspage", "incidents", "subscribers"):
        for file in sorted((CHECKOUT / package).rglob("*.py")):
            name = str(file.relative_to(CHECKOUT))
            if "/migrations/" in name or name.startswith("subscribers/channels/") or name == "subscribers/enums.py":
                continue
            look_for = branches if name in DOORS else named
            found += [f"{name}:{node.lineno}" for node in look_for(ast.parse(file.read_text()))]
    assert found == []


def quoted(text: str) -> list[str]:
    """The values of channels that stand in quotation marks."""
    return re.findall(rf"""["']({"|".join(Channel.values)})["']""", text)


def test_a_branch_in_a_template_is_found():
    assert quoted(IN_A_TAG.search('<p>{% if channel == "email" %}x{% endif %}')[0]) == ["email"]
    assert quoted(IN_A_TAG.search("{{ one.channel|yesno:'sms' }}")[0]) == ["sms"]


def test_no_template_style_or_script_outside_a_channels_own_names_a_channel():
    found = []
    for file in sorted((CHECKOUT / "templates").rglob("*.*")):
        if (CHECKOUT / "templates/subscribe/channels") not in file.parents:
            found += [str(file) for tag in IN_A_TAG.findall(file.read_text()) if quoted(tag)]
    for file in sorted([*(CHECKOUT / "static/js").glob("*.js"), *(CHECKOUT / "static/css").glob("*.css")]):
        found += [str(file) for _ in quoted(file.read_text())]
    assert found == []
