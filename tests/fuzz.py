"""What a fuzzer sends to every address of the URLconf: chosen at random from a seed, so that the seed repeats it.

Nothing here is kept from a crash of somebody's library: the seed is enough to make it again.
"""

import json
import random
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_from_bytes

from django.urls import get_resolver
from django.urls.resolvers import URLResolver

METHODS = ["GET"] * 8 + ["POST"] * 8 + ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"]
_NUMBERS = ["0", "-1", "1", "2", "007", "1e3", "9" * 18, "9" * 30, "9" * 5_000, "\u0663", "\u00b2", "NaN", "1.5"]
_TEXTS = [
    "",
    " ",
    "x",
    "\0",
    "a\0b",
    "\r\nX-Injected: 1",
    "..",
    "../../etc/passwd",
    "%",
    "%00",
    "{{ 7 }}{% x %}",
    "' OR 1=1 --",
    "<script>1</script>",
    "\u202e\u200b\ufeff",
    "\U0001f4a9" * 40,
    "a" * 300,
    "a" * 6_000,
    "e\u0301" * 100,
    "\u0130\u0131\u017f",
    "*" * 500,
    "[" * 500,
    "2026-11-21T14:30",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "2026-03-29T02:30 CET",
    "name@example.test",
    "name@\u2603.test",
    "+49 1511 2345678",
    "https://[",
    "//evil.example/",
]
_BYTES = [b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xaf", b"\x80", b"%"]
# Of the forms and the query strings of the program and of Django's admin.
NAMES = """
page q status template corrects key channel announcement state reason saved next assist body title severity impact
what_we_know what_we_are_doing next_update_at request_key seen incident components scheduled_for scheduled_until scope
pace email sms email_pace sms_pace List-Unsubscribe name contact reference ticket_url text tell_latest link customer
never_again action _selected_action index select_across o p all e _popup _to_field term app_label model_name field_name
consent everything created_at__year created_at__month created_at__day held_at__year channel__exact subscriber__id__exact
id__in pk status__exact kind__isnull address username password password1 password2 steps-TOTAL_FORMS
steps-INITIAL_FORMS steps-0-body affected-TOTAL_FORMS affected-INITIAL_FORMS position time_zone accent new_logo
remove_logo support_url is_public group start_date last_login_0 From Body To MessageSid MessageStatus ErrorCode
OptOutType from error id
""".split()  # noqa: SIM905
_HEADERS = {
    "Accept": ["*/*", "application/json", "text/html;q=x", ";;;", "a" * 2_000],
    "Accept-Language": ["en", "xx-klingon;q=9", "*", "-", ",".join(["de"] * 500), "\xff"],
    "Accept-Encoding": ["br", "identity;q=0, *;q=0", ";;;q=x"],
    "Authorization": ["Basic", "Basic !!!!", "Bearer " + "a" * 500, "Basic dXNlcjpwYXNz", "\xff"],
    "Cookie": ["sessionid=\x7f", "csrftoken=" + "a" * 4_000, "messages=[[1", "a=b; ; =; sessionid", "\xff=\xfe"],
    "HX-Request": ["true", "false", ""],
    "HX-Current-URL": ["http://[", "\xff", "http://127.0.0.1/admin/", "javascript:1"],
    "HX-Current-URL-URI-AutoEncoded": ["true"],
    "HX-History-Restore-Request": ["true"],
    "If-Modified-Since": ["yesterday", "Sat, 21 Nov 2026 12:00:00 GMT", "Sat, 99 Nov 99999999 12:00:00 GMT"],
    "If-None-Match": ['"', "W/", "*", '"a", ' * 200],
    "Origin": ["null", "http://[", "https://evil.example"],
    "Range": ["bytes=0-1", "bytes=9-1", "lines=1"],
    "Referer": ["", "http://[", "https://evil.example/"],
    "X-Forwarded-For": ["1.2.3.4", "::::", "unknown", "a" * 500],
    "X-Forwarded-Proto": ["https", "http, https", ""],
    "X-Requested-With": ["XMLHttpRequest"],
    "X-Twilio-Signature": ["", "guess", "\xff"],
}


class Shot(NamedTuple):
    """One request. `path` is encoded, and holds the query string."""

    method: str
    path: str
    headers: dict[str, str]
    content_type: str
    body: bytes

    def __str__(self):
        headers = {name: value[:40] for name, value in self.headers.items()}
        return f"{self.method} {self.path[:200]} {headers} {self.content_type} {self.body[:120]!r}"


def routes(patterns=None, prefix="/") -> Iterator[str]:
    """Every address of the URLconf, its variable parts as <name>."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield re.sub(r"\(\?P(<\w+>)[^)]*\)|[$^]|\\", r"\1", route)


class Fuzzer:
    """Endless shots. `known`: for each variable part of an address, values that are really there."""

    def __init__(self, seed: int, known: dict[str, list[str]], fields: dict[str, str] | None = None):
        self.choice = random.Random(seed)
        self.known = {name: values for name, values in known.items() if values}
        self.fields = fields or {}  # what every form carries
        # Nobody writes a token into another field or address; there a log may repeat it.
        self.harmless = [values for name, values in self.known.items() if name not in ("token", "key")]
        self.routes = sorted(set(routes()))

    def __iter__(self) -> Iterator[Shot]:
        while True:
            yield self._shot()

    def _shot(self) -> Shot:
        method = self.choice.choice(METHODS)
        path = re.sub(r"<(\w+)>", lambda found: self._part(found[1]), self.choice.choice(self.routes))
        if self.choice.random() < 0.5:
            path += "?" + "&".join(self._pair() for _ in range(self.choice.randrange(1, 5)))
        content_type, body = ("", b"") if method in ("GET", "HEAD") else self._body()
        return Shot(method, path, dict(self._headers()), content_type, body)

    def _part(self, name: str) -> str:
        if name in self.known and self.choice.random() < 0.7:
            return quote(str(self.choice.choice(self.known[name])), safe="")
        if self.choice.random() < 0.2:
            return quote_from_bytes(self.choice.choice(_BYTES))
        return quote(self._text(), safe="/" if self.choice.random() < 0.3 else "")[:8_000]

    def _text(self) -> str:
        kind = self.choice.random()
        if kind < 0.3:
            return self.choice.choice(_NUMBERS)
        if kind < 0.8:
            return self.choice.choice(_TEXTS)
        if kind < 0.9 and self.harmless:
            return str(self.choice.choice(self.choice.choice(self.harmless)))
        return "".join(
            chr(self.choice.choice([self.choice.randrange(128), self.choice.randrange(0xD800)])) for _ in "12345"
        )

    def _pair(self) -> str:
        value = quote_from_bytes(self.choice.choice(_BYTES)) if self.choice.random() < 0.1 else quote(self._text())
        return f"{quote(self.choice.choice(NAMES))}={value}"[:8_000]

    def _headers(self) -> Iterator[tuple[str, str]]:
        for name, values in _HEADERS.items():
            if self.choice.random() < 0.06:
                yield name, self.choice.choice(values)

    # --- Bodies -------------------------------------------------------------------------------------

    def _body(self) -> tuple[str, bytes]:
        make = self.choice.choice([self._form, self._form, self._form, self._json, self._parts, self._anything])
        content_type, body = make()
        if self.choice.random() < 0.1:
            body = body[: self.choice.randrange(len(body) + 1)]
        return content_type, body

    def _values(self) -> dict[str, str]:
        names = self.choice.sample(NAMES, self.choice.randrange(1, 12))
        return self.fields | {name: self._text() for name in names}

    def _form(self) -> tuple[str, bytes]:
        pairs = [f"{quote(name)}={quote(value)}" for name, value in self._values().items()]
        charset = self.choice.choice(["", "", "", "; charset=utf-16", "; charset=klingon"])
        return f"application/x-www-form-urlencoded{charset}", "&".join(pairs).encode()

    def _json(self) -> tuple[str, bytes]:
        depth = self.choice.choice([1, 10, 900, 30_000])
        texts = [
            json.dumps(self._values()),
            json.dumps([self._values()]),
            "[" * depth + "]" * depth,
            '{"a":' * depth + "1" + "}" * depth,
            '{"from": ' + "9" * 5_000 + "}",
            '{"ts": 1e999, "Metadata": {"delivery": 1e999}}',
            '"\\ud800"',
            "null",
            "",
        ]
        return "application/json", self.choice.choice(texts).encode()

    def _parts(self) -> tuple[str, bytes]:
        boundary = self.choice.choice(["b", "b" * 70, '"b"', "", "\u00fc"])
        lines = []
        for name, value in self._values().items():
            file = '; filename="x.png"' if self.choice.random() < 0.3 else ""
            lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"{file}', "", value[:2_000]]
        return f"multipart/form-data; boundary={boundary}", "\r\n".join([*lines, f"--{boundary}--", ""]).encode()

    def _anything(self) -> tuple[str, bytes]:
        kind = self.choice.choice(
            ["", "text/plain", "application/xml", "application/octet-stream", "a/b; c", ";", "x" * 300]
        )
        return kind, self.choice.randbytes(self.choice.choice([0, 1, 100, 10_000]))
