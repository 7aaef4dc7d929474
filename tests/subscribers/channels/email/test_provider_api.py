"""Mail through providers' APIs: what goes over the wire to a real server on loopback, and what its answers mean."""

import json
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail

from incidents.models import Site
from statuspage.mail_providers import PROVIDERS
from subscribers.channels import Failed, Sent, Unavailable
from subscribers.channels.composing import compose
from subscribers.channels.email import provider_api
from subscribers.delivery import drain, fanout
from subscribers.models import Delivery
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.sinks import HANG_UP, HttpSink, MailgunSink, PostmarkSink, mail_over_api
from tests.transports import carry

pytestmark = pytest.mark.django_db
POSTMARK = "postmark://token@?api_url=http://127.0.0.1:{port}/"
MAILGUN = "mailgun://key@status.example.test?api_url=http://127.0.0.1:{port}/v3"


@pytest.fixture
def postmark(tmp_path, settings):
    with PostmarkSink(tmp_path) as sink:
        mail_over_api(sink, settings, POSTMARK)
        yield sink


@pytest.fixture
def mailgun(tmp_path, settings):
    with MailgunSink(tmp_path) as sink:
        mail_over_api(sink, settings, MAILGUN)
        yield sink


def a_notice(number: int, **kwargs):
    """The messages of one announcement to so many readers."""
    announcement = an_open_incident(a_component("Payments"), **kwargs).announcement
    notice = compose(announcement, "email")
    readers = [a_subscriber() for _ in range(number)]
    return [
        notice.to(SimpleNamespace(pk=pk, recipient=reader, refusals=0)) for pk, reader in enumerate(readers, start=1)
    ]


def sent(messages) -> dict:
    return {outcome.delivery_id: outcome for outcome in carry("email", messages)}


def test_a_provider_that_merges_gets_all_recipients_in_one_request(mailgun):
    messages = a_notice(60)
    outcomes = sent(messages)
    assert [type(outcome) for outcome in outcomes.values()] == [Sent] * 60
    assert len(mailgun.requests) < 10
    written = {entry["to"]: entry["id"] for entry in mailgun.journal.entries()}
    assert written == {message.to: message.headers["Message-ID"] for message in messages}


def test_what_the_provider_fills_in_is_what_each_would_have_got(mailgun):
    messages = a_notice(3)
    sent(messages)
    ((_, headers, fields),) = mailgun.requests
    assert headers["Authorization"].startswith("Basic ")
    variables = json.loads(fields["recipient-variables"])
    for message in messages:
        values = variables[message.to]

        def filled(text, values=values):
            for name, value in values.items():
                text = text.replace(f"%recipient.{name}%", value)
            return text

        assert filled(fields["text"]) == message.text
        assert filled(fields["html"]) == message.html
        assert filled(fields["h:List-Unsubscribe"]) == message.headers["List-Unsubscribe"]
        assert filled(fields["h:List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
        assert filled(fields["v:delivery"]) == str(message.delivery_id)
    assert len({values["h:List-Unsubscribe"] for values in variables.values()}) == 3


def test_a_text_that_speaks_the_providers_language_is_not_merged(mailgun):
    messages = a_notice(3, body="Write %recipient.token% in your template.")
    sent(messages)
    assert len(mailgun.requests) == 3
    assert all("recipient-variables" not in fields for _, _, fields in mailgun.requests)
    assert all("%recipient.token%" in fields["text"] for _, _, fields in mailgun.requests)


def test_one_address_that_is_refused_does_not_cost_the_others_their_mail(mailgun):
    messages = a_notice(20)
    mailgun.on_post.told[messages[7].to] = [(400, {}, {"message": "to parameter is not a valid address"})]
    outcomes = sent(messages)
    refused = outcomes.pop(8)
    assert isinstance(refused, Failed)
    assert (refused.unknown, refused.suppress) == (False, False)
    assert "not a valid address" in refused.reason
    assert [type(outcome) for outcome in outcomes.values()] == [Sent] * 19
    assert sorted(entry["to"] for entry in mailgun.journal.entries()) == sorted(
        message.to for message in messages if message is not messages[7]
    )


def test_a_batch_whose_reply_is_lost_is_unknown_for_each(mailgun):
    messages = a_notice(10)
    mailgun.on_post.told[messages[3].to] = [HANG_UP]
    outcomes = sent(messages)
    unknown = [outcome for outcome in outcomes.values() if isinstance(outcome, Failed)]
    assert unknown
    assert all(outcome.unknown for outcome in unknown)
    assert len(mailgun.journal) == 10


def test_a_batch_that_is_refused_slowly_goes_one_by_one_in_parts(mailgun, settings, monkeypatch):
    """None of it may still be on its way when the run waits no more."""
    settings.EMAIL_CONNECTIONS = 1
    monkeypatch.setattr(provider_api, "BEGIN_SECONDS", 0.35)
    messages = a_notice(8)
    mailgun.on_post.told[messages[6].to] = [(400, {}, {"message": "not a valid address"})] * 100
    answer = mailgun.next_answer

    def late(fields):
        time.sleep(0.1)
        return answer(fields)

    monkeypatch.setattr(mailgun, "next_answer", late)
    outcomes = sent(messages)
    assert isinstance(outcomes.pop(7), Failed)
    assert [type(outcome) for outcome in outcomes.values()] == [Sent] * 7
    assert len(mailgun.journal) == 7
    batches = [fields for _, _, fields in mailgun.requests if len(mailgun.recipients(fields)) > 1]
    assert len(batches) > 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((429, {"Retry-After": "7"}, {}), {"retry_after": timedelta(seconds=7), "permanent": False}),
        ((500, {}, {}), {"retry_after": None, "permanent": False, "unknown": False}),
        ((504, {}, {}), {"unknown": True, "permanent": False}),
        ((200, {}, ["no", "sense"]), {"unknown": True, "permanent": False}),
        ((402, {}, {"ErrorCode": 405, "Message": "Out of credits"}), {"permanent": False, "suppress": False}),
        ((422, {}, {"ErrorCode": 405, "Message": "Out of credits"}), {"permanent": False, "suppress": False}),
        (
            (422, {}, {"ErrorCode": 300, "Message": "Invalid 'To' address: '{to}'."}),
            {"permanent": True, "suppress": True},
        ),
        (
            (422, {}, {"ErrorCode": 406, "Message": "Found inactive addresses: {to}. Inactive recipients are ..."}),
            {"permanent": True, "suppress": True},
        ),
        (HANG_UP, {"unknown": True, "permanent": False}),
    ],
)
def test_what_an_answer_means(postmark, answer, expected):
    (message,) = a_notice(1)
    if answer != HANG_UP and isinstance(answer[2], dict) and "Message" in answer[2]:
        answer = (*answer[:2], answer[2] | {"Message": answer[2]["Message"].format(to=message.to)})
    postmark.on_post.told[message.to] = [answer]
    outcome = sent([message])[1]
    assert {name: getattr(outcome, name) for name in expected} == expected


def test_a_wrong_key_stops_all_and_burns_nothing(postmark):
    (message,) = a_notice(1)
    postmark.on_post.told[message.to] = [(401, {}, {"ErrorCode": 10, "Message": "Bad token"})]
    with pytest.raises(Unavailable):
        sent([message])


def test_postmark_gets_one_mail_a_request_with_what_is_the_recipients_alone(postmark):
    messages = a_notice(3)
    outcomes = sent(messages)
    assert outcomes[1] == Sent(1, f"pm-{messages[0].to}")
    by_address = {fields["To"]: fields for _, _, fields in postmark.requests}
    for message in messages:
        fields = by_address[message.to]
        headers = {header["Name"]: header["Value"] for header in fields["Headers"]}
        assert headers["Message-ID"] == message.headers["Message-ID"]
        assert headers["List-Unsubscribe"] == message.headers["List-Unsubscribe"]
        assert fields["TextBody"] == message.text
        assert fields["HtmlBody"] == message.html
        assert fields["Metadata"] == {"delivery": str(message.delivery_id)}


class AnySink(HttpSink):
    """Says yes in every provider's words."""

    def recipient(self, fields):
        return "anybody"

    def taken(self, fields):
        results = {"id": "1", "total_accepted_recipients": 1, "total_rejected_recipients": 0}
        postmark = {"ErrorCode": 0, "Message": "OK", "MessageID": "1", "To": "reader@example.test"}
        return {"id": "1", "messageId": "1", "message": "Queued", "results": results} | postmark

    def write_down(self, fields):
        self.journal.write(to="anybody", id=json.dumps(fields))


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_of_the_table_gets_the_whole_mail(tmp_path, settings, name):
    announcement = an_open_incident(a_component("Payments")).announcement
    row = SimpleNamespace(pk=7, recipient=a_subscriber("reader@example.test"), refusals=0)
    message = compose(announcement, "email").to(row)
    key = "key@status.example.test" if PROVIDERS[name].domain else "key@"
    with AnySink(tmp_path) as sink:
        mail_over_api(sink, settings, f"{name}://{key}?api_url=http://127.0.0.1:{{port}}/")
        outcomes = sent([message])
    assert [type(outcome) for outcome in outcomes.values()] == [Sent], outcomes
    ((_, _, fields),) = sink.requests
    said = list(_strings(fields))
    assert message.text in said
    assert message.html in said
    for header in ("Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "References"):
        assert any(message.headers[header] == text for text in said), header
    assert any(text == "7" or '"7"' in text for text in said)


def _strings(found):
    """Every text within, however deep."""
    if isinstance(found, dict):
        found = found.values()
    if isinstance(found, str):
        yield found
    elif not isinstance(found, int | float | None):
        for part in found:
            yield from _strings(part)


def test_anymails_own_test_backend_is_given_mails_that_it_understands(settings):
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.test.EmailBackend", {}
    messages = a_notice(3)
    assert {type(outcome) for outcome in sent(messages).values()} == {Sent}
    assert {found.to[0]: found.anymail_test_params["metadata"] for found in mail.outbox} == {
        message.to: {"delivery": str(message.delivery_id)} for message in messages
    }


def test_anymail_understands_a_merged_mail(settings):
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.test.EmailBackend", {}
    messages = a_notice(3)
    outcomes = provider_api.ProviderClient("%recipient.{}%", 1)._hand_over(messages, lambda: True)
    assert [type(outcome) for outcome in outcomes] == [Sent] * 3
    params = mail.outbox[0].anymail_test_params
    assert params["merge_metadata"] == {message.to: {"delivery": str(message.delivery_id)} for message in messages}
    assert params["merge_headers"][messages[0].to]["Message-ID"] == messages[0].headers["Message-ID"]
    assert "Message-ID" not in params["extra_headers"]


def test_an_announcement_reaches_everybody_through_a_provider(mailgun):
    Site.load()
    for _ in range(30):
        a_subscriber()
    announcement = an_open_incident(a_component()).announcement
    fanout.expand(announcement)
    drain.drain("email")
    assert set(Delivery.objects.values_list("state", "provider_id")) == {("sent", "<batch@mailgun.test>")}
    assert len(mailgun.journal) == 30
