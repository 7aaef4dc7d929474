import gzip
from datetime import UTC, datetime

import brotli
import pytest

from statuspage.edge.answer import CONFIRMATION_MARK, Answer

BODY = b"<p>" + b"All systems operational. " * 40 + CONFIRMATION_MARK + b"</p>"


def an_answer(body=BODY, headers=(("Content-Type", "text/html"),)):
    return Answer("200 OK", headers, body, 7)


def ask(answer, method="GET", **environ):
    """(status, headers, body) of a WSGI call."""
    seen = []
    body = answer.respond({"REQUEST_METHOD": method, **environ}, lambda *start: seen.extend(start))
    return seen[0], dict(seen[1]), b"".join(body)


# nginx has a rule of its own: tests/journeys/test_page_without_the_program.py compares the two.
ACCEPTED = {
    "": None,
    "identity": None,
    "identity;q=0": None,
    "gzip": "gzip",
    "GZIP": "gzip",
    "x-gzip": "gzip",
    "gzip, deflate": "gzip",
    "deflate,gzip;q=0.001": "gzip",
    "gzip, deflate, br, zstd": "br",
    "Br": "br",
    "br;q=0, gzip;q=0.5": "gzip",
    "br;q=0.0,gzip": "gzip",
    "gzip;q=0, br;q=0.000": None,
    "gzip ; q=0": None,
    "br; q=1.0": "br",
    "br;q=0.5;x=y": "br",
    "gzip;q=x": "gzip",
    "*": None,
    "*;q=0": None,
    "deflate, zstd, compress": None,
    "brotli, xbr, foo-br, gzipped": None,
    ",;,;q=0,": None,
}


@pytest.mark.parametrize(("accept", "encoding"), ACCEPTED.items())
def test_the_reader_gets_the_smallest_encoding_it_takes(accept, encoding):
    _, headers, body = ask(an_answer(), HTTP_ACCEPT_ENCODING=accept)
    assert headers.get("Content-Encoding") == encoding
    assert int(headers["Content-Length"]) == len(body)
    decode = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}[encoding]
    assert decode(body) == BODY


def test_head_has_the_headers_of_get_and_no_body():
    get, head = ask(an_answer()), ask(an_answer(), method="HEAD")
    assert head == (*get[:2], b"")


def test_each_encoding_has_its_own_strong_etag_that_answers_304():
    answer = an_answer()
    etags = {ask(answer, HTTP_ACCEPT_ENCODING=accept)[1]["ETag"] for accept in ("", "gzip", "br")}
    assert len(etags) == 3
    known = ask(answer, HTTP_ACCEPT_ENCODING="br")[1]["ETag"]
    for condition in (known, f"W/{known}", f'"other", {known}', "*"):
        status, headers, body = ask(answer, HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=condition)
        assert (status, headers["ETag"], body) == ("304 Not Modified", known, b"")
    assert ask(answer, HTTP_IF_NONE_MATCH=known)[0] == "200 OK"


def test_the_same_bytes_have_the_same_etag_in_every_process():
    assert ask(an_answer())[1]["ETag"] == ask(an_answer())[1]["ETag"]


def test_nothing_of_a_reader_is_remembered():
    headers = [("Content-Type", "text/html"), ("Set-Cookie", "sessionid=x"), ("Vary", "Cookie")]
    _, sent, _ = ask(an_answer(headers=headers))
    assert "Set-Cookie" not in sent
    assert sent["Vary"] == "Accept-Encoding"


def test_an_answer_that_is_not_confirmed_says_so_in_words_and_in_a_header():
    _, headers, body = ask(an_answer().unconfirmed(datetime(2026, 11, 21, 12, 3, tzinfo=UTC)))
    assert b"We cannot confirm that this is current. Last confirmed" in body
    assert b"12:03 UTC" in body
    assert headers["Last-Confirmed"] == "Sat, 21 Nov 2026 12:03:00 GMT"
