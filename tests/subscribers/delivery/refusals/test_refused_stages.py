"""Wherever in a conversation a relay refuses us, no reader's attempts are used up, and all hear when it is mended."""

import threading
from datetime import timedelta

import pytest

from subscribers.channels import Failed
from subscribers.channels.verdicts import Verdict
from subscribers.delivery import drain, ledger
from subscribers.enums import DeliveryState
from subscribers.models import Breaker, Delivery, Suppression
from tests.deliveries import announced, time_passes
from tests.scripted_smtp import ScriptedSmtp, Talk
from tests.sinks import mail_to
from tests.subscribers.delivery.refusals.test_in_a_row import claimed

pytestmark = pytest.mark.django_db
READERS = ["ada@example.test", "bob@example.test", "cem@example.test"]
YES = {b"MAIL": b"250 ok", b"RCPT": b"250 ok", b"DATA": b"354 go", b"TEXT": b"250 2.0.0 taken", b"RSET": b"250 ok"}


class Grumpy:
    """A relay that answers `reply` at `stage` while it is `refusing`: b"MAIL", b"TEXT" after the final dot, ..."""

    def __init__(self, stage: bytes, reply: bytes, extensions: tuple[bytes, ...]):
        self.stage, self.reply, self.extensions = stage, reply, extensions
        self.refusing = threading.Event()
        self.refusing.set()

    def __call__(self, talk: Talk) -> None:
        if self.stage == b"GREETING" and self.refusing.is_set():
            return talk.say(self.reply + b"\r\n")
        talk.greet(*self.extensions)
        has_recipient = False
        while (verb := talk.hear()[:4]) != b"QUIT":
            said = self.answer(verb)
            if verb == b"RCPT":
                has_recipient = said.startswith(b"2")
            if verb == b"DATA" and not has_recipient:
                said = b"554 5.5.1 no valid recipients"
            talk.say(said + b"\r\n")
            if said.startswith(b"354"):
                talk.text()
                talk.say(self.answer(b"TEXT") + b"\r\n")

    def answer(self, stage: bytes) -> bytes:
        return self.reply if stage == self.stage and self.refusing.is_set() else YES[stage]


@pytest.mark.parametrize("extensions", [(), (b"PIPELINING",)], ids=["one by one", "pipelined"])
@pytest.mark.parametrize("reply", [b"554 5.7.1 Client host rejected", b"450 4.7.1 Client host rejected"])
@pytest.mark.parametrize("stage", [b"GREETING", b"MAIL", b"RCPT", b"DATA", b"TEXT"])
@pytest.mark.parametrize("readers", [1, 3])
def test_a_refusal_of_us_uses_up_nobody_s_attempts(settings, stage, reply, extensions, readers):
    settings.EMAIL_CONNECTIONS = 1
    relay = Grumpy(stage, reply, extensions)
    announced(*READERS[:readers])
    with ScriptedSmtp(relay) as server:
        mail_to(server, settings)
        for _ in range(3):
            drain.drain("email")
            assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.QUEUED, 0)}
            time_passes()
        relay.refusing.clear()
        for _ in range(3):
            drain.drain("email")
            time_passes()
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.SENT, 1)}
    assert server.texts >= readers
    assert not Suppression.objects.exists()
    assert not Breaker.objects.exists()


@pytest.mark.parametrize("told", [None, timedelta(seconds=30)])
def test_the_last_attempt_is_not_used_up_either(told):
    announced(READERS[0])
    Delivery.objects.update(attempts=ledger.MAX_ATTEMPTS - 1)
    (row,) = claimed()
    refused = Failed(row.pk, "550 sender rejected", verdict=Verdict.WE_ARE_REFUSED, retry_after=told)
    ledger.settle_all([(row, refused)])
    assert Delivery.objects.values_list("state", "attempts").get() == (DeliveryState.QUEUED, ledger.MAX_ATTEMPTS - 1)


# --- One or two, in words that nobody understands -----------------------------------------------------------


@pytest.mark.parametrize("readers", [1, 2])
def test_an_audience_of_one_or_two_is_asked_as_often_as_attempts_allow(smtp_sink, readers):
    smtp_sink.on_rcpt.told = {address: ["554 Transaction failed"] for address in READERS}
    announced(*READERS[:readers])
    for number in range(1, ledger.MAX_ATTEMPTS):
        drain.drain("email")
        assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.QUEUED, number)}
        time_passes()
    drain.drain("email")
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.FAILED, ledger.MAX_ATTEMPTS)}
    drain.due_channels()
    time_passes()
    drain.drain("email")
    assert smtp_sink.on_rcpt.asked[READERS[0]] == ledger.MAX_ATTEMPTS
    assert set(Delivery.objects.values_list("state", "reason")) == {(DeliveryState.FAILED, "554 Transaction failed")}
    assert not Suppression.objects.exists()
    assert not Breaker.objects.exists()


def test_one_who_is_taken_after_all_has_not_failed(smtp_sink):
    smtp_sink.on_rcpt.told = {READERS[0]: ["554 Transaction failed", None]}
    announced(READERS[0])
    drain.drain("email")
    time_passes()
    drain.drain("email")
    assert Delivery.objects.values_list("state", "attempts").get() == (DeliveryState.SENT, 2)


def test_where_somebody_else_is_reached_it_is_the_reader_s_own(smtp_sink):
    smtp_sink.on_rcpt.told = {READERS[0]: ["554 Transaction failed"]}
    announced(*READERS)
    drain.drain("email")
    for _ in range(2):
        time_passes()
        drain.drain("email")
    assert smtp_sink.on_rcpt.asked[READERS[0]] == 1
    assert Delivery.objects.get(subscriber__address=READERS[0]).state == DeliveryState.FAILED
