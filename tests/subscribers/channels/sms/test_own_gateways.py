"""Kannel, Jasmin, and a plain gateway of whatever shape: what each is asked, what it answers, what it reports."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from subscribers.channels import Failed, Refused, Sent
from subscribers.channels.reports import Event
from subscribers.channels.sms import callbacks
from subscribers.channels.sms.urls import BadUrl, gateway_of
from subscribers.channels.verdicts import Verdict
from tests.factories import a_message
from tests.shared_data import KANNEL, needed
from tests.transports import carry

NUMBER = "+4915112345678"
KANNEL_URL, JASMIN_URL = "kannel://us:p%40w@{}/?from=Acme", "jasmin://us:p%40w@{}/?from=Acme"


@pytest.fixture
def box():
    """A gateway that notes each request and answers with `status` and `says`."""

    class Box(BaseHTTPRequestHandler):
        status, says, seen = 202, "0: Accepted for delivery", []

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            Box.seen.append((self.command, self.path, dict(self.headers), body))
            self.send_response(Box.status)
            self.send_header("Content-Length", str(len(Box.says)))
            self.end_headers()
            self.wfile.write(Box.says.encode())

        do_GET = do_POST

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Box)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    Box.place = f"127.0.0.1:{server.server_port}"
    yield Box
    server.shutdown()
    thread.join()
    server.server_close()


def outcome_of(box, settings, url, text="Payments fail."):
    settings.SMS_URL = url.format(box.place)
    (outcome,) = carry("sms", [a_message(7, NUMBER, text)])
    return outcome


def test_kannel_is_asked_by_headers_that_no_log_shows(box, settings):
    settings.SITE_URL = "https://status.example.test"
    assert outcome_of(box, settings, KANNEL_URL) == Sent(7)
    ((method, path, headers, body),) = box.seen
    assert (method, path, body) == ("POST", "/cgi-bin/sendsms", "Payments fail.")
    told = {name.removeprefix("X-Kannel-"): value for name, value in headers.items() if name.startswith("X-Kannel-")}
    assert told == {
        "Username": "us",
        "Password": "p@w",
        "To": NUMBER,
        "From": "Acme",
        "Coding": "0",
        "DLR-Mask": "19",
        "DLR-Url": callbacks.address_of(7) + "?status=%d&reply=%A&id=%I",
    }


@pytest.mark.parametrize(("text", "coding"), [("GSM €[]{}é", "0"), ("Платежи", "2"), ("Fire 🔥", "2")])
def test_kannel_is_told_how_the_text_is_to_be_written(box, settings, text, coding):
    outcome_of(box, settings, KANNEL_URL, text)
    ((_, _, headers, body),) = box.seen
    assert (headers["X-Kannel-Coding"], body) == (coding, text)


def test_what_kannel_refuses_for_our_log_in_makes_the_channel_wait(box, settings):
    box.status, box.says = 403, "Authorization failed for sendsms"
    with pytest.raises(Refused, match="Authorization failed"):
        outcome_of(box, settings, KANNEL_URL)


def test_what_kannel_says_of_a_number_ends_that_message_and_silences_nobody(box, settings):
    box.status, box.says = 400, "Number(s) has/have been denied by white- and/or black-lists."
    outcome = outcome_of(box, settings, KANNEL_URL)
    assert (outcome.permanent, outcome.suppress) == (True, False)


def test_kannels_own_trouble_is_its_own(box, settings):
    box.status, box.says = 503, "Temporal failure, try again later."
    assert outcome_of(box, settings, KANNEL_URL).verdict is Verdict.PROVIDER_UNWELL


def test_kannels_numbers_are_read():
    kannel = gateway_of(KANNEL_URL.format("kannel.example:13013"))
    events = {number: kannel.report({"status": number}, 7) for number in ("1", "2", "4", "8", "16", "", "x")}
    assert {number: report and report.event for number, report in events.items()} == {
        "1": Event.DELIVERED,
        "2": Event.BOUNCED,
        "4": None,
        "8": None,
        "16": Event.FAILED,
        "": None,
        "x": None,
    }
    assert not any(report.suppress for report in events.values() if report)


def test_kannels_real_reports_are_read():
    """The recorded ones carry the number as "d"."""
    kannel = gateway_of(KANNEL_URL.format("kannel.example:13013"))
    expected = {"1": Event.DELIVERED, "2": Event.BOUNCED, "16": Event.FAILED, "8": None}
    for call in json.loads(needed(KANNEL).read_text())["calls"]:
        number = dict(parse_qsl(urlsplit(call.partition(" ")[2]).query, keep_blank_values=True))["d"]
        report = kannel.report({"status": number}, 7)
        assert (report and report.event) is expected[number]


def test_jasmin_is_asked_in_its_own_fields(box, settings):
    settings.SITE_URL = "https://status.example.test"
    box.status, box.says = 200, 'Success "07033084-5cfd-4812-90a4-e4d24ffb6e3d"'
    assert outcome_of(box, settings, JASMIN_URL) == Sent(7, "07033084-5cfd-4812-90a4-e4d24ffb6e3d")
    ((method, path, _, body),) = box.seen
    assert (method, path) == ("POST", "/send")
    assert {name: value for name, (value,) in parse_qs(body).items()} == {
        "username": "us",
        "password": "p@w",
        "to": NUMBER,
        "from": "Acme",
        "content": "Payments fail.",
        "coding": "0",
        "dlr": "yes",
        "dlr-url": callbacks.address_of(7),
        "dlr-level": "3",
        "dlr-method": "POST",
    }


def test_jasmin_gets_what_is_no_gsm_text_as_the_bytes_of_the_network(box, settings):
    box.status, box.says = 200, 'Success "1"'
    outcome_of(box, settings, JASMIN_URL, "Ж🔥")
    fields = parse_qs(box.seen[0][3])
    assert (fields["coding"], fields["hex-content"]) == (["8"], ["0416d83ddd25"])
    assert "content" not in fields


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (403, 'Error "Authentication failure for username:us"'),
        (403, 'Error "Cannot charge submit_sm, check RouterPB log file for details"'),
    ],
)
def test_what_jasmin_refuses_for_us_makes_the_channel_wait(box, settings, status, says):
    box.status, box.says = status, says
    with pytest.raises(Refused):
        outcome_of(box, settings, JASMIN_URL)


@pytest.mark.parametrize(
    ("status", "says", "expected"),
    [
        (412, 'Error "No route found"', {"permanent": False, "verdict": Verdict.WE_ARE_REFUSED}),
        (400, 'Error "Authorization failed for user [us] (Cannot send MT messages)."', {"permanent": False}),
        (400, 'Error "Value filter failed (destination_address filter mismatch)."', {"permanent": True}),
        (500, 'Error "Cannot send submit_sm"', {"verdict": Verdict.PROVIDER_UNWELL}),
        (200, "<html>Welcome</html>", {"permanent": False, "suppress": False}),
    ],
)
def test_jasmins_answers_have_their_meaning(box, settings, status, says, expected):
    box.status, box.says = status, says
    outcome = outcome_of(box, settings, JASMIN_URL)
    assert isinstance(outcome, Failed)
    assert {name: getattr(outcome, name) for name in expected} == expected


def test_jasmin_that_is_asked_too_fast_costs_no_attempt(box, settings):
    box.status, box.says = 403, 'Error "User throughput exceeded"'
    assert outcome_of(box, settings, JASMIN_URL).retry_after


def test_jasmins_words_are_read():
    jasmin = gateway_of(JASMIN_URL.format("jasmin.example:1401"))
    words = ("DELIVRD", "UNDELIV", "EXPIRED", "DELETED", "REJECTD", "ESME_RINVDSTADR", "ESME_ROK", "ACCEPTD", "UNKNOWN")
    events = [jasmin.report({"message_status": word}, 7) for word in words]
    bounced, failed = [Event.BOUNCED] * 3, [Event.FAILED] * 2
    assert [report and report.event for report in events] == [Event.DELIVERED, *bounced, *failed, None, None, None]


def test_a_plain_gateway_may_want_a_query_with_its_log_in_and_more(box, settings):
    box.status, box.says = 200, "OK 4711"
    url = (
        "http://us:p%40w@{}/api?format=query&user_field=login&password_field=psw&to_field=phones&text_field=mes"
        "&coding_field=charset&codings=gsm,ucs2&fixed.route=premium&fixed.api=2&accepted=OK&from=Acme&from_field=sender"
    )
    assert outcome_of(box, settings, url) == Sent(7)
    ((method, path, headers, _),) = box.seen
    assert method == "GET"
    assert dict(parse_qsl(urlsplit(path).query)) == {
        "login": "us",
        "psw": "p@w",
        "phones": NUMBER,
        "mes": "Payments fail.",
        "charset": "gsm",
        "route": "premium",
        "api": "2",
        "sender": "Acme",
    }
    assert "Authorization" not in headers


def test_a_plain_gateway_that_says_no_with_200_has_not_sent(box, settings):
    box.status, box.says = 200, "ERROR = 3 (no money)"
    outcome = outcome_of(box, settings, "http://{}/api?accepted=OK")
    assert isinstance(outcome, Failed)
    assert "no money" in outcome.reason


@pytest.mark.parametrize("status", [302, 401, 405, 406, 411, 415, 426, 431])
def test_a_gateway_that_dislikes_how_we_ask_refuses_us_at_once(box, settings, status):
    box.status, box.says = status, "Invalid content-type"
    with pytest.raises(Refused, match="Invalid content-type"):
        outcome_of(box, settings, "http://{}/api")


@pytest.mark.parametrize(
    ("says", "is_ours"),
    [
        ("Invalid content-type", True),
        ("Missing parameter: api_key", True),
        ("The sender is not allowed", True),
        ("Account has no balance", True),
        ("Invalid parameter: to", False),
        ("The recipient's number is not valid", False),
        ("Bad request", False),
    ],
)
def test_a_bad_request_speaks_of_us_where_its_words_do(box, settings, says, is_ours):
    box.status, box.says = 400, says
    outcome = outcome_of(box, settings, "http://{}/api")
    assert (outcome.verdict is Verdict.WE_ARE_REFUSED, outcome.permanent) == (is_ours, not is_ours)


@pytest.mark.parametrize(
    ("word", "event"),
    [
        ("Delivered", Event.DELIVERED),
        ("DELETED", Event.BOUNCED),
        ("not_delivered", Event.BOUNCED),
        ("canceled", Event.FAILED),
        ("20", Event.DELIVERED),
        ("24", Event.BOUNCED),
        ("nope", Event.FAILED),
        ("on its way", None),
    ],
)
def test_a_plain_gateways_words_and_numbers_are_read(word, event):
    url = "https://gateway.example/?status_field=state&delivered=1,20&bounced=22,24&failed=Nope"
    report = gateway_of(url).report({"state": word}, 7)
    assert (report and report.event) is event


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("kannel://kannel.example/", "lacks the user or the password"),
        ("kannel://u:p@/?from=x", "names no host"),
        ("jasmin://u:p@jasmin.example/?form=x", "has form; known here: from"),
        ("https://gateway.example/?codings=1", "codings=1; it is two"),
        ("https://gateway.example/?fixed.a=", "gives no value for fixed.a"),
    ],
)
def test_what_is_wrong_is_said_in_words(url, says):
    with pytest.raises(BadUrl) as error:
        gateway_of(url)
    assert says in str(error.value)


def test_a_box_of_ones_own_is_reached_over_tls_where_that_is_asked():
    assert gateway_of("kannel+tls://u:p@kannel.example:13013").url == "https://kannel.example:13013/cgi-bin/sendsms"
    assert gateway_of("jasmin://u:p@jasmin.example:1401/sms/send").url == "http://jasmin.example:1401/sms/send"
