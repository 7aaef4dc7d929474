import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import formataddr, parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.channels.email import mime
from subscribers.channels.message import OutgoingMessage
from tests.factories import a_message

HEADERS = {"From": "Acme <status@example.test>", "Message-ID": "<a.1@example.test>", "List-Id": "<u.example.test>"}


def a_message_with(**kwargs) -> OutgoingMessage:
    values = {"delivery_id": 1, "to": "reader@example.test", "text": "Hello\n", "subject": "S", "html": "<p>Hello</p>"}
    return a_message(**values | {"headers": HEADERS} | kwargs)


def read(message):
    return message_from_bytes(mime.render(message), policy=default)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85"),
        max_size=3000,
    ),
)
def test_what_is_written_can_be_read(subject, text):
    mail = read(a_message_with(subject=subject, text=text, html=f"<p>{text}</p>"))
    assert "".join(mail["Subject"].split()) == "".join(subject.split())
    assert mail.get_body(("plain",)).get_content().rstrip("\r\n").replace("\r\n", "\n") == text.rstrip("\n")
    assert mail.get_body(("html",)).get_content().rstrip("\r\n").replace("\r\n", "\n") == f"<p>{text}</p>"


@pytest.mark.parametrize("text", ["x" * 20_000, "ä" * 5_000, ".\n..\n.hidden", "障害が発生しています。" * 400])
def test_it_stays_within_what_smtp_carries(text):
    data = mime.render(a_message_with(text=text))
    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_the_headers_of_the_message_are_there_once():
    mail = read(a_message_with())
    assert (mail["To"], mail["Message-ID"], mail["List-Id"]) == (
        "reader@example.test",
        "<a.1@example.test>",
        "<u.example.test>",
    )
    assert mail["Date"].datetime
    assert [len(mail.get_all(name)) for name in mail.keys()] == [1] * len(mail.keys())  # noqa: SIM118


@pytest.mark.parametrize("name", ["Acme", "Ärzte-Zentrum Köln " * 3, "障害情報ページ" * 9, "Acme, Inc.", "Gëm <x>"])
def test_who_writes_is_readable_and_no_encoded_word_is_too_long(name):
    name = name.strip()
    sender = formataddr((name, "status@example.test"))
    message = a_message_with(headers=HEADERS | {"From": sender}, subject=f"{name} {name}")
    # Not by the policy `default`, which sets spaces between encoded-words.
    said, address = parseaddr(message_from_bytes(mime.render(message))["From"])
    assert (str(make_header(decode_header(said))), address) == (name, "status@example.test")
    assert max(map(len, re.findall(rb"=\?\S+\?=", mime.render(message))), default=0) <= 75


def test_the_date_names_its_zone_as_a_number():
    assert re.search(rb"\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r\n", mime.render(a_message_with()))


def test_what_people_can_read_stays_readable():
    assert b"\r\nHello there\r\n" in mime.render(a_message_with(text="Hello there\n"))


@pytest.mark.parametrize("field", ["to", "subject"])
def test_a_line_break_cannot_become_a_header(field):
    try:
        data = mime.render(a_message_with(**{field: "x\r\nBcc: victim@example.test"}))
    except ValueError:
        return
    assert b"\nBcc:" not in data
