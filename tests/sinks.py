"""Receivers of mail and SMS on loopback: they write down what they are handed before they answer, and do as told."""

import json
import logging
import sys
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from statuspage.mail_providers import settings_of
from tests.servers import free_port

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's, which tells every command
HANG_UP = "hang up"  # instead of an answer


@dataclass
class Journal:
    """What was handed over, one JSON object a line: `to`, `id` (of an SMS its text), and what else the sink knows."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, **entry) -> None:
        with self.lock, open(self.path, "a") as file:
            file.write(json.dumps(entry) + "\n")

    def entries(self) -> list[dict]:
        if not self.path.exists():
            return []
        whole, _, _ = self.path.read_bytes().rpartition(b"\n")  # the last line may be half written
        return [json.loads(line) for line in whole.splitlines()]

    def __len__(self):
        return self.path.read_bytes().count(b"\n") if self.path.exists() else 0


class Answers:
    """What each recipient is answered, attempt by attempt; the last answer stays. Everybody else is taken."""

    def __init__(self):
        self.told = {}
        self.asked = defaultdict(int)

    def next_for(self, recipient: str):
        self.asked[recipient] += 1
        answers = self.told.get(recipient)
        return answers and answers[min(self.asked[recipient], len(answers)) - 1]


class _Controller(Controller):
    """Ends its connections before its loop: a transport that is left behind is nobody's to close."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.connections: list[SMTP] = []

    def factory(self):
        self.connections.append(super().factory())
        return self.connections[-1]

    def hang_up(self) -> None:
        self.server.close()
        for connection in self.connections:
            if connection.transport:
                connection.transport.abort()


class SmtpSink:
    """`on_rcpt` and `on_data`: recipient -> list of replies, None for the usual one, or HANG_UP.

    HANG_UP on data: the mail is taken and the connection ends without a word.
    """

    def __init__(self, directory: Path):
        self.journal = Journal(directory / "smtp.jsonl")
        self.on_rcpt, self.on_data, self.on_mail = Answers(), Answers(), Answers()
        self.sessions = 0
        self.newest = b""  # the last mail that was offered, as it came
        self.port = free_port()
        self.controller = _Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_EHLO(self, server: SMTP, session, envelope, hostname, responses):
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: SMTP, session, envelope, address, options):
        if reply := self.on_mail.next_for(address):
            return reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session, envelope, address, options):
        match self.on_rcpt.next_for(address):
            case None:
                envelope.rcpt_tos.append(address)
                return "250 OK"
            case "hang up":
                server.transport.abort()
                return "421 Bye"
            case reply:
                return reply

    async def handle_DATA(self, server: SMTP, session, envelope):
        self.newest = envelope.content
        recipient = envelope.rcpt_tos[0]
        reply = self.on_data.next_for(recipient)
        if reply in (None, HANG_UP):
            mail = message_from_bytes(envelope.content, policy=default)
            self.journal.write(to=recipient, id=mail["Message-ID"], subject=mail["Subject"], size=len(envelope.content))
        if reply == HANG_UP:
            server.transport.abort()
        return reply or "250 2.0.0 Taken"

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.loop.call_soon_threadsafe(self.controller.hang_up)
        self.controller.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # with the default 5 the kernel drops what many connections at once begin

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):  # to be hung up on is part of some tests
            super().handle_error(request, client_address)


class HttpSink:
    """An SMS gateway. `on_post`: recipient -> list of (status, headers, JSON body), or HANG_UP."""

    def __init__(self, directory: Path):
        self.journal = Journal(directory / "http.jsonl")
        self.on_post = Answers()
        self.requests: list[tuple[str, dict, dict]] = []  # path, headers, fields
        self.server = _Server(("127.0.0.1", 0), self._handler())
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})

    def _handler(self):
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                is_json = "json" in self.headers["Content-Type"]
                fields = json.loads(body) if is_json else {name: value[0] for name, value in parse_qs(body).items()}
                sink.requests.append((self.path, dict(self.headers), fields))
                self.answer(sink.next_answer(fields), fields)

            def answer(self, answer, fields):
                if answer is None or answer == HANG_UP:
                    sink.write_down(fields)
                if answer == HANG_UP:
                    self.close_connection = True
                    return
                status, headers, content = answer or (201, {}, sink.taken(fields))
                data = json.dumps(content).encode()
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(data))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        return Handler

    @staticmethod
    def recipient(fields: dict) -> str:
        values = [value for value in fields.values() if isinstance(value, str)]
        return next(value for value in values if value.startswith("+") and value[1:].isdigit())

    def next_answer(self, fields: dict):
        return self.on_post.next_for(self.recipient(fields))

    def write_down(self, fields: dict) -> None:
        text = next(value for name, value in fields.items() if name.lower() in ("body", "text", "message"))
        self.journal.write(to=self.recipient(fields), id=text)

    def taken(self, fields: dict) -> dict:
        """What is answered when all is well."""
        recipient = self.recipient(fields)
        return {"sid": f"SM{recipient}", "id": f"id{recipient}"}

    @property
    def url(self) -> str:
        return f"http://user:pass@127.0.0.1:{self.port}/send?from=Acme"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class PostmarkSink(HttpSink):
    """A mail provider that takes one mail a request."""

    @staticmethod
    def recipient(fields: dict) -> str:
        return fields["To"]

    def write_down(self, fields: dict) -> None:
        headers = {header["Name"]: header["Value"] for header in fields["Headers"]}
        self.journal.write(to=fields["To"], id=headers["Message-ID"], subject=fields["Subject"])

    def taken(self, fields: dict) -> dict:
        return {"ErrorCode": 0, "Message": "OK", "MessageID": f"pm-{fields['To']}", "To": fields["To"]}


class MailgunSink(HttpSink):
    """A mail provider that takes many recipients a request, and refuses all where it does not like one.

    `on_post` is asked for each of them; the first answer that is not the usual one counts for the request.
    """

    @staticmethod
    def recipient(fields: dict) -> str:
        return fields["to"]

    @staticmethod
    def recipients(fields: dict) -> dict[str, dict]:
        return json.loads(fields.get("recipient-variables", "{}")) or {fields["to"]: {}}

    def next_answer(self, fields: dict):
        answers = [self.on_post.next_for(address) for address in self.recipients(fields)]
        return next((answer for answer in answers if answer), None)

    def write_down(self, fields: dict) -> None:
        for address, values in self.recipients(fields).items():
            name = values.get("h:Message-Id") or fields["h:Message-Id"]
            self.journal.write(to=address, id=name, subject=fields["subject"])

    def taken(self, fields: dict) -> dict:
        return {"id": "<batch@mailgun.test>", "message": "Queued. Thank you."}


def mail_over_api(sink: HttpSink, settings, url: str) -> None:
    """Mail goes through the provider of `url`, an EMAIL_URL with {port} in it, to `sink`."""
    settings.EMAIL_URL = url.format(port=sink.port)
    for name, value in settings_of(urlsplit(settings.EMAIL_URL), webhook_secret="user:pass").items():
        setattr(settings, name, value)


def mail_to(sink: SmtpSink, settings) -> None:
    """Mail goes over SMTP to `sink`. The test runner has replaced the backend by one that keeps mails in memory."""
    settings.EMAIL_URL = f"smtp://127.0.0.1:{sink.port}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
