"""A relay and a gateway that take thousands a second: processes of their own. See tests/sink_process.py.

aiosmtpd in tests/sinks.py is the second opinion on what correct SMTP is; it takes a hundred or two a second.
"""

import json
import signal
import sys
from pathlib import Path

from tests.servers import Server
from tests.sinks import Journal


class FastSink(Server):
    """A context manager. `options`: those of tests/sink_process.Options."""

    kind = ""

    def __init__(self, directory: Path, **options):
        super().__init__(self.kind, directory)
        self.journal = Journal(self.directory / "journal.jsonl")
        self._write(options)

    def command(self):
        return [sys.executable, "-m", "tests.sink_process", self.kind, str(self.port), str(self.directory)]

    def popen_options(self) -> dict:
        return {"cwd": Path(__file__).parents[1]}

    def tell(self, **options) -> None:
        """Behave like this from now on; what is not named is as at first."""
        self._write(options)
        self.process.send_signal(signal.SIGHUP)

    def _write(self, options: dict) -> None:
        (self.directory / "options.json").write_text(json.dumps(options))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()  # nothing in it is worth a goodbye
        self.stop()


class FastSmtpSink(FastSink):
    kind = "smtp"


class FastHttpSink(FastSink):
    kind = "http"

    @property
    def url(self) -> str:
        return f"http://user:pass@127.0.0.1:{self.port}/send?from=Acme"
