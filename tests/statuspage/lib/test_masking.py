"""Tokens in addresses, and what a log may say of them."""

import logging
import logging.config

import pytest
from django.conf import settings
from django.urls import get_resolver
from django.urls.resolvers import URLResolver

from statuspage.lib import masking, tokens
from statuspage.lib.masking import MASK, MaskingFormatter, guard, mask

TOKEN = tokens.make("subscription", 123_456, 1)


def routes(patterns=None, prefix="/"):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def with_token() -> list[str]:
    return [route.replace("<str:token>", TOKEN) for route in routes() if "token>" in route]


def test_every_address_with_a_token_is_masked():
    assert len(with_token()) >= 6
    for address in with_token():
        for line in (
            f"Internal Server Error: {address}",
            f"GET https://status.example.test{address}?saved HTTP/1.1",
            f"('{address}',)",
            f'"{address}"',
        ):
            assert TOKEN not in mask(line)
            assert MASK in mask(line)


@pytest.mark.parametrize(
    "line",
    [
        f"POST /receipts/sms/incoming/?key={TOKEN}",
        f"/admin/support/customers/1/?page=2&key={TOKEN}&x=1",
        f"kwargs={{'token': '{TOKEN}'}}",
    ],
)
def test_other_places_of_secrets_are_masked(line):
    assert TOKEN not in mask(line)


@pytest.mark.parametrize(
    "line",
    [
        "GET /incidents/abcdefghijklmnopqrst/: the database does not answer",
        'File "/srv/statuspage/subscribers/people/views.py", line 12, in manage',
        "no monkey=business here",
        "/static/css/a-very-long-name-of-a-file.css",
    ],
)
def test_what_is_no_secret_stays_readable(line):
    assert mask(line) == line


def test_a_traceback_is_masked_too():
    formatter = MaskingFormatter("{message}", style="{")
    try:
        raise ValueError(f"cannot read /subscription/{TOKEN}/")
    except ValueError:
        record = logging.makeLogRecord({"msg": "at %s", "args": (f"/s/{TOKEN}/",), "exc_info": True})
        import sys

        record.exc_info = sys.exc_info()
    text = formatter.format(record)
    assert "Traceback" in text
    assert TOKEN not in text


def test_before_the_program_is_set_up_all_that_may_be_a_token_is_masked(monkeypatch):
    monkeypatch.setattr(masking.apps, "ready", False)
    assert TOKEN not in mask(f"error at /subscription/{TOKEN}/")


def test_every_handler_of_ours_masks():
    for handler in settings.LOGGING["handlers"].values():
        assert settings.LOGGING["formatters"][handler["formatter"]]["()"] == "statuspage.lib.masking.MaskingFormatter"


def test_a_logger_that_celery_set_up_masks_in_its_own_form():
    logger, stream = logging.Logger("celery's"), logging.StreamHandler()
    stream.setFormatter(logging.Formatter("[celery] %(message)s"))
    logger.addHandler(stream)
    guard(logger)
    guard(logger)
    record = logging.makeLogRecord({"msg": f"/s/{TOKEN}/"})
    assert stream.format(record) == f"[celery] /s/{MASK}/"


def test_celery_asks_for_it():
    from celery.signals import after_setup_logger, after_setup_task_logger

    logger, stream = logging.Logger("celery's"), logging.StreamHandler()
    logger.addHandler(stream)
    for signal in (after_setup_logger, after_setup_task_logger):
        stream.setFormatter(None)
        signal.send(sender=None, logger=logger)
        assert isinstance(stream.formatter, MaskingFormatter)
