from datetime import timedelta

import pytest
from django.core.checks import run_checks

from subscribers.channels import Failed, Sent, Unavailable
from subscribers.channels.sms.urls import BadUrl, gateway_of
from subscribers.channels.verdicts import Verdict
from tests.factories import a_message
from tests.sinks import HttpSink
from tests.transports import carry

NUMBER = "+4915112345678"


@pytest.fixture
def sink(tmp_path):
    with HttpSink(tmp_path) as sink:
        yield sink


def outcome_of(answer, sink, settings, url="twilio+http://AC1:secret@127.0.0.1:{port}/?from=%2B15551234567"):
    settings.SMS_URL = url.format(port=sink.port)
    sink.on_post.told[NUMBER] = [answer]
    (outcome,) = carry("sms", [a_message(1, NUMBER, "Payments fail.")])
    return outcome


def test_twilio_gets_its_own_wire_format(sink, settings):
    assert outcome_of(None, sink, settings) == Sent(1, f"SM{NUMBER}")
    ((path, headers, fields),) = sink.requests
    assert path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert headers["Authorization"] == "Basic QUMxOnNlY3JldA=="
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert fields == {"To": NUMBER, "Body": "Payments fail.", "From": "+15551234567"}


def test_twilio_may_send_through_a_messaging_service(sink, settings):
    outcome_of(None, sink, settings, "twilio+http://AC1:secret@127.0.0.1:{port}/?from=MG1")
    assert sink.requests[0][2]["MessagingServiceSid"] == "MG1"


@pytest.mark.parametrize("code", [21211, 21610, 21614])
def test_a_number_that_twilio_will_not_write_to_is_suppressed(sink, settings, code):
    outcome = outcome_of((400, {}, {"code": code, "message": "No"}), sink, settings)
    assert outcome.permanent
    assert outcome.suppress
    assert (outcome.verdict is Verdict.OWNER_STOPPED) == (code == 21610)
    assert str(code) in outcome.reason


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((400, {}, {"code": 21408, "message": "No"}), {"permanent": False, "verdict": Verdict.WE_ARE_REFUSED}),
        ((400, {}, {"code": 21606, "message": "No"}), {"permanent": False, "retry_after": None}),
        ((400, {}, {"code": 21611, "message": "No"}), {"permanent": False, "retry_after": timedelta(seconds=30)}),
        ((400, {}, {"code": 99999, "message": "No"}), {"permanent": True, "suppress": False}),
        ((429, {}, {"code": 20429}), {"permanent": False, "retry_after": timedelta(seconds=30)}),
        ((429, {"Retry-After": "7"}, {}), {"permanent": False, "retry_after": timedelta(seconds=7)}),
        ((503, {"Retry-After": "7"}, {}), {"permanent": False, "retry_after": timedelta(seconds=7)}),
        ((500, {}, {}), {"permanent": False, "retry_after": None, "unknown": False}),
        ((504, {}, {}), {"permanent": False, "unknown": True}),
        ((404, {}, {}), {"permanent": False, "verdict": Verdict.UNKNOWN}),
        ((400, {}, {"code": 21214}), {"permanent": True, "suppress": False, "verdict": Verdict.ADDRESS_UNWELL}),
        ((400, {}, {"code": 21617}), {"permanent": True, "verdict": Verdict.CONTENT_REFUSED}),
        *(
            ((status, {}, {}), {"permanent": False, "unknown": False, "verdict": Verdict.WE_ARE_REFUSED})
            for status in (402, 403, 451)
        ),
        ((413, {}, {}), {"permanent": True, "verdict": Verdict.CONTENT_REFUSED}),
        ((500, {}, {}), {"is_general": True, "verdict": Verdict.PROVIDER_UNWELL}),
    ],
)
def test_an_answer_has_its_meaning(sink, settings, answer, expected):
    outcome = outcome_of(answer, sink, settings)
    assert isinstance(outcome, Failed)
    assert {name: getattr(outcome, name) for name in expected} == expected
    assert len(sink.requests) == 1


@pytest.mark.parametrize("answer", [(401, {}, {"code": 20003}), (400, {}, {"code": 21659}), (401, {}, {})])
def test_what_speaks_of_us_makes_the_gateway_unavailable(sink, settings, answer):
    with pytest.raises(Unavailable):
        outcome_of(answer, sink, settings)


def test_a_plain_gateway_gets_json_under_the_names_it_wants(sink, settings):
    url = "http://us%40er:p%2Fw@127.0.0.1:{port}/v1/send?from=Acme&to_field=msisdn&text_field=body&from_field=sender"
    assert outcome_of(None, sink, settings, url) == Sent(1, f"id{NUMBER}")
    ((path, headers, fields),) = sink.requests
    assert path == "/v1/send"
    assert headers["Authorization"] == "Basic dXNAZXI6cC93"
    assert fields == {"msisdn": NUMBER, "body": "Payments fail.", "sender": "Acme"}


def test_one_unavailable_answer_keeps_the_outcomes_of_the_others(sink, settings):
    settings.SMS_URL = f"http://127.0.0.1:{sink.port}/"
    sink.on_post.told[NUMBER] = [(401, {}, {})]
    numbers = ("+4915100000001", NUMBER, "+4915100000003")
    settled = set()
    with pytest.raises(Unavailable):
        for outcome in carry("sms", [a_message(pk, to, "a") for pk, to in enumerate(numbers)]):
            settled.add(outcome.delivery_id)
    assert settled == {0, 2}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "begins with nothing"),
        ("sms.example.com", "begins with nothing"),
        ("ftp://a/b", "begins with ftp:"),
        ("outbox://x", "begins with outbox:"),
        ("twilio://api.twilio.com/?from=%2B1", "lacks the account or its token"),
        ("twilio://AC1:t@api.twilio.com/", "lacks the sender"),
        ("twilio://AC1:t@api.twilio.com/?from=%2B1&form=2", "has form; known here: from"),
        ("https://gateway.example/?to_feild=x", "has to_feild; known here"),
        ("https://gateway.example/?to_field=", "gives no value for to_field"),
        ("https://gateway.example/?format=xml", "may be json, form or query"),
        ("https:///send", "names no host"),
        ("https://gateway.example:port/", "is not a URL"),
    ],
)
def test_a_wrong_sms_url_is_said_in_words_and_at_the_start(settings, url, says):
    with pytest.raises(BadUrl, match=says.replace(".", r"\.")):
        gateway_of(url)
    settings.SMS_URL = url
    (error,) = [message for message in run_checks() if message.id == "subscribers.E001"]
    assert says in error.msg


def test_what_is_said_of_a_wrong_sms_url_holds_no_secret():
    with pytest.raises(BadUrl) as error:
        gateway_of("twilio://AC1:topsecret@api.twilio.com/")
    assert "topsecret" not in str(error.value)


def test_the_outbox_is_no_gateway():
    assert gateway_of("outbox:") is None
