"""The tokens in the links of messages stand in no log: not in ours, not in that of the nginx that we ship."""

import logging
import logging.config
import re

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from statuspage.lib.masking import PRIVATE, masked
from subscribers import links
from tests.factories import a_subscriber
from tests.nginx import SHIPPED

from .test_access import URLS

WITH_TOKENS = [name for name, arguments in URLS.items() if "token" in arguments]
TOKEN = "a-token-that-nobody-else-may-see"


def test_every_address_with_a_token_is_known_here_and_to_nginx():
    prefixes = {reverse(name, args=[TOKEN]).partition(f"/{TOKEN}")[0].lstrip("/") for name in WITH_TOKENS}
    assert prefixes == set(PRIVATE)
    known_to_nginx = re.findall(r"\^(?:\(\?<\w+>)?/\(([\w|/]+)\)/", SHIPPED.read_text())
    assert [set(known.split("|")) for known in known_to_nginx] == [set(PRIVATE)] * 2  # its access log, its error log


@pytest.mark.parametrize("name", WITH_TOKENS)
@pytest.mark.parametrize("around", ["{}", "GET {}?a=b HTTP/1.1", 'Referer: "https://status.example.test{}"', "({})"])
def test_what_is_written_of_an_address_leaves_its_token_out(name, around):
    address = reverse(name, args=[TOKEN])
    text = masked(around.format(address))
    assert TOKEN not in text
    assert text == around.format(address.replace(TOKEN, "***"))


def test_other_addresses_are_written_as_they_are():
    for text in ("/subscribe/sent/email/", "/incidents/abc/", "/history/2026-11/", "/api/v2/status.json"):
        assert masked(text) == text


@pytest.mark.django_db(transaction=True)
def test_our_own_log_names_no_link_that_failed(capsys):
    token = links.subscription_token(a_subscriber())
    client = Client(raise_request_exception=False)
    logging.config.dictConfig(settings.LOGGING)  # its handler writes to the stderr of this test
    with connection.execute_wrapper(_away):
        client.get(reverse("subscribers:manage", args=[token]))
        client.post(reverse("subscribers:unsubscribe", args=[token]))
    written = capsys.readouterr().err
    assert "/subscription/***/" in written
    assert token not in written


def _away(*_):
    raise OperationalError("the database is away")
