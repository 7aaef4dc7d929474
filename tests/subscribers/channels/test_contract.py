"""What every channel keeps, whichever it is and wherever it goes."""

from itertools import count

import pytest

from statuspage.celery import queues
from subscribers.channels import Failed, Sent, Unavailable, transport
from subscribers.channels.message import OutgoingMessage
from subscribers.enums import Channel
from tests.factories import a_message
from tests.sinks import HANG_UP, HttpSink, PostmarkSink, SmtpSink, mail_over_api, mail_to
from tests.transports import carry, until_idle

_number = count(1)


class Email:
    channel = "email"
    now, ever = "451 4.7.1 Later", "550 5.1.1 No such user"

    def __init__(self, directory, settings):
        self.settings = settings
        self.sink = SmtpSink(directory)
        mail_to(self.sink, settings)

    def addresses(self, number):
        return [f"reader{index}@example.test" for index in range(number)]

    def answer(self, address, answers):
        stage = self.sink.on_data if answers == [HANG_UP] else self.sink.on_rcpt
        stage.told[address] = answers

    def take_away(self):
        self.settings.EMAIL_PORT = 1


class Sms:
    channel = "sms"
    url = "http://user:pass@127.0.0.1:{port}/send?from=Acme"
    now, ever = (503, {}, {}), (400, {}, {"error": "not a number"})

    def __init__(self, directory, settings):
        self.settings = settings
        self.sink = HttpSink(directory)
        settings.SMS_URL = self.url.format(port=self.sink.port)

    def addresses(self, number):
        return [f"+49151{index:08}" for index in range(number)]

    def answer(self, address, answers):
        self.sink.on_post.told[address] = answers

    def take_away(self):
        self.settings.SMS_URL = self.url.format(port=1)


class SmsAsForm(Sms):
    url = "http://127.0.0.1:{port}/?format=form&to_field=number&text_field=message"


class Twilio(Sms):
    url = "twilio+http://AC1:secret@127.0.0.1:{port}/?from=%2B15551234567"
    ever = (400, {}, {"code": 21211, "message": "Invalid 'To'"})


class Postmark:
    channel = "email"
    url = "postmark://token@?api_url=http://127.0.0.1:{port}/"
    sink_class = PostmarkSink
    now, ever = (
        (503, {}, {}),
        (422, {}, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'reader3@example.test'."}),
    )

    def __init__(self, directory, settings):
        self.settings = settings
        self.sink = self.sink_class(directory)
        mail_over_api(self.sink, settings, self.url)

    def addresses(self, number):
        return [f"reader{index}@example.test" for index in range(number)]

    def answer(self, address, answers):
        self.sink.on_post.told[address] = answers

    def take_away(self):
        name = next(name for name in self.settings.ANYMAIL if name.endswith("API_URL"))
        self.settings.ANYMAIL = self.settings.ANYMAIL | {name: "http://127.0.0.1:1/"}


@pytest.fixture(params=[Email, Sms, SmsAsForm, Twilio, Postmark])
def provider(request, tmp_path, settings):
    provider = request.param(tmp_path, settings)
    with provider.sink:
        yield provider


def messages(addresses) -> list[OutgoingMessage]:
    return [
        a_message(
            next(_number),
            to=address,
            text="Payments fail.\n",
            subject="Payments fail",
            html="<p>Payments fail.</p>",
            headers={"From": "Acme <status@example.test>", "Message-ID": f"<{next(_number)}@example.test>"},
        )
        for address in addresses
    ]


def send(provider, given) -> dict:
    return {outcome.delivery_id: outcome for outcome in carry(provider.channel, given)}


def test_every_channel_is_a_module_and_has_a_queue():
    for channel in Channel:
        assert callable(transport(channel).take)
        assert channel in queues()


def test_everything_is_handed_over_once(provider):
    given = messages(provider.addresses(150))
    outcomes = send(provider, given)
    assert outcomes.keys() == {message.delivery_id for message in given}
    assert all(isinstance(outcome, Sent) for outcome in outcomes.values())
    assert sorted(entry["to"] for entry in provider.sink.journal.entries()) == sorted(message.to for message in given)


def test_nothing_to_send_is_no_fault(provider):
    assert send(provider, []) == {}


def test_one_refusal_leaves_the_others_alone(provider):
    given = messages(provider.addresses(5))
    provider.answer(given[1].to, [provider.now])
    provider.answer(given[3].to, [provider.ever])
    outcomes = send(provider, given)
    temporary, permanent = outcomes.pop(given[1].delivery_id), outcomes.pop(given[3].delivery_id)
    assert isinstance(temporary, Failed)
    assert (temporary.permanent, temporary.unknown, temporary.suppress) == (False, False, False)
    assert isinstance(permanent, Failed)
    assert permanent.permanent
    assert permanent.reason
    assert [type(outcome) for outcome in outcomes.values()] == [Sent] * 3


def test_silence_after_the_hand_over_is_an_unknown_outcome(provider):
    given = messages(provider.addresses(3))
    provider.answer(given[1].to, [HANG_UP])
    outcomes = send(provider, given)
    assert outcomes[given[1].delivery_id].unknown
    assert not outcomes[given[1].delivery_id].permanent
    assert len(provider.sink.journal) == 3


def test_a_provider_that_is_gone_is_unavailable_and_has_no_outcomes(provider):
    provider.take_away()
    with pytest.raises(Unavailable):
        send(provider, messages(provider.addresses(3)))


def test_what_was_not_begun_can_be_withdrawn(provider):
    begun, heard = [], []
    held = transport(provider.channel)
    given = messages(provider.addresses(2000))
    held.take(given, begun.append, heard.append)
    back = held.withdraw()
    ended = list(until_idle(held))
    assert sorted(begun) == sorted(outcome.delivery_id for outcome in ended)
    assert heard == ended
    assert sorted(begun + back) == [message.delivery_id for message in given]
    assert len(provider.sink.journal) == len(begun) < 2000


def test_what_is_called_off_has_an_outcome_or_comes_back_and_then_work_goes_on(provider):
    held = transport(provider.channel)
    given = messages(provider.addresses(2000))
    held.take(given, lambda delivery_id: None, lambda outcome: None)
    held.cancel_unsent()
    known, back = [], held.withdraw()
    while not held.is_idle:
        known += [outcome.delivery_id for outcome in held.outcomes(0.1)]
        back += held.withdraw()
    assert sorted(known + back) == [message.delivery_id for message in given]
    assert len(provider.sink.journal) == len(known) < 2000
    again = messages(provider.addresses(3))
    assert [type(outcome) for outcome in send(provider, again).values()] == [Sent] * 3


def test_what_cannot_be_written_fails_for_ever_and_alone(provider):
    given = messages(provider.addresses(3))
    given[1] = a_message(given[1].delivery_id, "lone \ud800", "\ud800", headers=given[1].headers)
    outcomes = send(provider, given)
    assert outcomes[given[1].delivery_id].permanent
    assert isinstance(outcomes[given[2].delivery_id], Sent)
