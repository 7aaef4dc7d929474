"""What name servers say of the sender's domain, asked of a real one on loopback."""

import socket
import threading
from contextlib import contextmanager

import dns.message
import dns.resolver
import dns.rrset
import pytest
from django.urls import reverse

from statuspage.setup import sender
from statuspage.setup.sender import State
from tests.factories import a_user

GOOD = {
    "example.test": ["v=spf1 include:_spf.relay.test -all", "other=1"],
    "k1._domainkey.example.test": ["v=DKIM1; k=rsa; p=MIIB IjAN"],
    "_dmarc.example.test": ["v=DMARC1; p=quarantine; rua=mailto:d@example.test"],
}


def _serve(server: socket.socket, records: dict[str, list[str]]) -> None:
    """Answer until the socket is closed: the TXT records of a name, or that there is no such name."""
    while True:
        try:
            packet, client = server.recvfrom(4096)
        except OSError:
            return
        question = dns.message.from_wire(packet)
        name = question.question[0].name
        answer = dns.message.make_response(question)
        if found := records.get(name.to_text(omit_final_dot=True)):
            quoted = [" ".join(f'"{one[start : start + 200]}"' for start in range(0, len(one), 200)) for one in found]
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *quoted))
        else:
            answer.set_rcode(3)
        server.sendto(answer.to_wire(), client)


@contextmanager
def name_server(records: dict[str, list[str]]):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(server, records), daemon=True)
        if records:  # one without any never answers
            thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        before, dns.resolver.default_resolver = dns.resolver.default_resolver, resolver
        try:
            yield
        finally:
            dns.resolver.default_resolver = before


def states(records, **kwargs) -> dict[str, State]:
    with name_server(records):
        return {one.title: one.state for one in sender.look_up("example.test", **kwargs)}


def test_what_is_right_is_called_right():
    assert states(GOOD, selector="k1") == {"SPF": State.RIGHT, "DKIM": State.RIGHT, "DMARC": State.RIGHT}


def test_what_is_not_there_is_missing():
    none = {"other.test": ["x"]}
    assert set(states(none, selector="k1").values()) == {State.MISSING}


@pytest.mark.parametrize(
    ("changes", "title", "state"),
    [
        ({"example.test": ["v=spf1 -all", "v=spf1 ~all"]}, "SPF", State.DOUBTFUL),
        ({"example.test": ["v=spf1 +all"]}, "SPF", State.DOUBTFUL),
        ({"example.test": ["V=SPF1 mx"]}, "SPF", State.RIGHT),
        ({"example.test": ["v=spf10 mx"]}, "SPF", State.MISSING),
        ({"k1._domainkey.example.test": ["v=DKIM1; p="]}, "DKIM", State.DOUBTFUL),
        ({"k1._domainkey.example.test": ["p=" + "A" * 600]}, "DKIM", State.RIGHT),
        ({"_dmarc.example.test": ["v=DMARC1; p=later"]}, "DMARC", State.DOUBTFUL),
        ({"_dmarc.example.test": ["v=DMARC1; p=none"]}, "DMARC", State.RIGHT),
    ],
)
def test_what_receivers_make_of_it(changes, title, state):
    assert states(GOOD | changes, selector="k1")[title] == state


def test_a_policy_holds_for_what_is_below_it():
    with name_server(GOOD):
        found = {one.title: one for one in sender.look_up("status.example.test")}
    assert found["DMARC"].name == "_dmarc.example.test"
    assert found["SPF"].state == State.MISSING


def test_a_name_server_that_hangs_is_said_and_holds_nobody_long(monkeypatch):
    monkeypatch.setattr(sender, "PATIENCE", 0.3)
    assert set(states({}, selector="k1").values()) == {State.UNKNOWN}


@pytest.mark.django_db
def test_the_screen_shows_them(client, settings):
    settings.DEFAULT_FROM_EMAIL = "Larkfield <status@example.test>"
    client.force_login(a_user("ana", is_superuser=True))
    with name_server(GOOD):
        page = client.get(reverse("setup:sender"), {"selector": "k1"}).content.decode()
    assert "v=spf1 include:_spf.relay.test -all" in page
    assert "DKIM: right" in page


@pytest.mark.django_db
def test_what_is_no_selector_asks_nobody(client):
    client.force_login(a_user("ana", is_superuser=True))
    with name_server(GOOD):
        page = client.get(reverse("setup:sender"), {"selector": "a/../b"}).content.decode()
    assert "DKIM: " not in page
    assert "a/../b" in page
