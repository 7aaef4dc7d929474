"""Requests that Django refuses by itself fill no disk."""

import logging

from django.conf import settings
from django.core.exceptions import SuspiciousOperation

from statuspage.lib.one_line import RefusalsInOneLine


def a_record(name: str) -> logging.LogRecord:
    try:
        raise SuspiciousOperation("a field that cannot be")
    except SuspiciousOperation as error:
        fault = (type(error), error, error.__traceback__)
    return logging.LogRecord(name, logging.ERROR, __file__, 1, "a field that cannot be", (), fault)


def test_a_refusal_is_one_line_and_a_fault_of_ours_keeps_its_traceback():
    for name, is_one_line in (("django.security.DisallowedModelAdminToField", True), ("django.request", False)):
        record = a_record(name)
        assert RefusalsInOneLine().filter(record)
        assert ("Traceback" not in logging.Formatter().format(record)) == is_one_line


def test_every_handler_of_ours_has_it():
    for handler in settings.LOGGING["handlers"].values():
        assert "refusals" in handler["filters"]
