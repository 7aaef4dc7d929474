"""What every mail server of the field has in common: it takes everything for anybody and hands it to its next hop."""

from pathlib import Path
from typing import ClassVar

from tests.fast_sinks import FastSmtpSink
from tests.field.chroot import Root
from tests.field.packages import Packages
from tests.servers import Server


class Relay(Server):
    """A context manager. `hop`: where the mail goes on to. Raises Missing or ServerFailed."""

    title = ""
    channel = "email"
    copies = 1  # of one name in `arrived`: each mail has its own
    others = "anybody@bench.test"  # whom smtp-source may write to
    packages: ClassVar[tuple[str, ...]] = ()
    returns: ClassVar[tuple[str, ...]] = ()  # the kinds of bounces that it can be brought to: see bouncing.py
    is_kept = True  # by smtp-source: mail after mail over one connection

    def __init__(self, parent: Path, packages: Packages, hop: FastSmtpSink):
        super().__init__(type(self).__name__.lower(), parent)
        self.hop = hop
        self.directory.chmod(0o755)
        self.prepare(packages)

    def prepare(self, packages: Packages) -> None:
        """Fetch it and write its settings."""
        raise NotImplementedError

    def arrived(self) -> list[str]:
        """The Message-ID of each mail that came out behind it, in order, copies too; of ours and of others."""
        return [entry["id"] for entry in self.hop.journal.entries()]

    def hasten(self) -> None:
        """Begin anew, and give up within seconds from now on."""

    def returned(self) -> list[tuple[str, bytes]]:
        """What it sent to our BOUNCE_ADDRESS: each mail, and whom it was for."""
        return [(mail["to"], mail["text"].encode("latin-1")) for mail in self.hop.journal.entries() if "text" in mail]

    @property
    def environment(self) -> dict[str, str]:
        """Of the program's workers."""
        return {"EMAIL_URL": f"smtp://127.0.0.1:{self.port}"}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class RootedRelay(Relay):
    """One in a root directory of its own, as its package wants the world."""

    accounts: ClassVar[dict[str, int]] = {}

    def prepare(self, packages: Packages) -> None:
        root = self.directory / "root"
        root.mkdir()
        self.root = Root(root, self.accounts)
        packages.unpack(root, *self.packages, libc=True)
        self.version = packages.version(self.packages[0])
        self.configure(self.root)

    def configure(self, root: Root) -> None:
        """Write its settings and directories."""
        raise NotImplementedError

    def hasten(self) -> None:
        self.root.end()
        self.process.wait(20)
        self.write_hasty_settings(self.root)
        self.start()

    def write_hasty_settings(self, root: Root) -> None:
        """Those with which it gives up within seconds, and says before that it is late. "unreachable.test" is to be
        where nobody listens."""

    def stop(self) -> None:
        self.root.end()
        super().stop()
