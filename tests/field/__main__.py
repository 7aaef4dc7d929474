"""Real mail servers and a real SMS gateway, one after another: `python -m tests.field [NAME ...] [--readers N]`.

Each is fetched from its distribution, unpacked into a directory that is gone afterwards, and started on loopback. Then
two announcements go to N readers through it, what comes out behind it is counted, and what its next hop refuses comes
back to us. Beside it stands Postfix's
smtp-source, which sends as many mails of 8 kB to the same server, at its best number of sessions.

"handed" is the time from the first claim to the last reader taken, of each announcement; "seconds" begins with the
first publish. The ratios are of smtp-source's whole run to what was handed.

Exit code: 1 when a message was lost or doubled, a reader suppressed, or what came back read wrongly; what cannot be
had on this machine is said, and is no failure.
"""

import argparse
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.program import Program
from tests.bench.site import place
from tests.fast_sinks import FastSmtpSink
from tests.field import bouncing, table, trial
from tests.field.chasquid import Chasquid
from tests.field.courier import Courier
from tests.field.exim import Exim
from tests.field.haraka import Haraka
from tests.field.kannel import Kannel
from tests.field.opensmtpd import OpenSmtpd
from tests.field.packages import Missing, Packages
from tests.field.postfix import Postfix
from tests.field.relay import Relay
from tests.field.sendmail import Sendmail
from tests.field.source import Best, Source
from tests.servers import ServerFailed

READERS = 300
SETTINGS = {"EMAIL_URL": "smtp://127.0.0.1:1", "BOUNCE_ADDRESS": "bounces@status.example.test"}
SECONDS = 420  # after which no further one is begun
ALL = {kind.__name__.lower(): kind for kind in (Exim, Postfix, Chasquid, Haraka, Kannel, OpenSmtpd, Sendmail, Courier)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*ALL, []], metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--readers", type=int, default=READERS)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        directory = stack.enter_context(place())
        program = stack.enter_context(Program(directory, **SETTINGS))
        field = Field(directory, program, wanted.readers)
        for name in wanted.names or ALL:
            field.visit(ALL[name])
    return table.verdict()


class Field:
    def __init__(self, directory: Path, program: Program, readers: int):
        self.directory, self.program, self.readers = directory, program, readers
        self.packages = Packages(directory / "packages")
        self.source = self._source()
        self.until = time.monotonic() + SECONDS
        table.heading(readers)

    def visit(self, kind: type[Relay | Kannel]) -> None:
        """Its row of the table."""
        if time.monotonic() > self.until:
            return table.not_tried(kind.title, f"{SECONDS} s were over")
        with ExitStack() as stack:
            try:
                hop = stack.enter_context(FastSmtpSink(self.directory))
                server = stack.enter_context(kind(self.directory, self.packages, hop))
            except (Missing, ServerFailed) as error:
                return table.not_tried(kind.title, str(error))
            if self._goes_beside(server):
                self.source.warm_up(server)
            result = trial.carry(self.program, server, self.readers)
            table.row(f"{server.title} {server.version}", result, self._best(server))
            if server.channel == "sms":
                table.reported(trial.reported(self.readers))
            if server.returns:
                table.returned(bouncing.provoke(self.program, server))

    def _best(self, server: Relay | Kannel) -> Best | None:
        if not self._goes_beside(server):
            return None
        best = self.source.best(server, self.readers)
        trial.let_out(server)  # or what comes back next would wait behind it
        return best

    def _goes_beside(self, server: Relay | Kannel) -> bool:
        return bool(self.source) and server.channel == "email"

    def _source(self) -> Source | None:
        try:
            return Source(self.directory / "source", self.packages)
        except Missing as error:
            table.not_tried("smtp-source", str(error))
            return None


if __name__ == "__main__":
    sys.exit(main())
