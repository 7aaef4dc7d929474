"""What the nginx configuration that we ship must know of the program."""

from django.urls import reverse

from tests.nginx import SHIPPED, masked_by_it

from .test_access import URLS

TOKEN = "a-token-that-nobody-else-may-see"


def test_its_logs_know_every_address_with_a_token():
    with_tokens = [name for name, arguments in URLS.items() if "token" in arguments]
    prefixes = {reverse(name, args=[TOKEN]).partition(f"/{TOKEN}")[0].lstrip("/") for name in with_tokens}
    assert prefixes
    assert masked_by_it() == [prefixes] * 2


def test_it_keeps_no_answer_to_a_query_and_lets_nobody_wait_for_anothers():
    assert f"location = {reverse('search')} {{\n        proxy_cache off;\n" in SHIPPED.read_text()
