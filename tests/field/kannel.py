import os
import re
from pathlib import Path

from tests.field import trial
from tests.field.packages import Packages, libraries_below
from tests.servers import Server, free_port
from tests.web import Web

_SETTINGS = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = for-this-run
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = network
host = 127.0.0.1
port = {network}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {port}
sendsms-interface = 127.0.0.1
http-request-retry = 5
http-queue-delay = 1

group = sendsms-user
username = acme
password = for-this-run

group = sms-service
keyword = default
text = ""
omit-empty = true
"""
_GOT = re.compile(r"Got message \d+: <\S+ (\+\d+) ")


class _Part(Server):
    """One of its programs. `ready`: the port that it opens; None where it opens none."""

    def __init__(self, parent: Path, root: Path, ready: int | None, *command: str):
        super().__init__("kannel", parent)
        self.root, self.ready, self._command = root, ready, command

    def command(self):
        program, *options = self._command
        return [self.root / program, *options]

    def popen_options(self) -> dict:
        return {"env": libraries_below(self.root)}

    def is_ready(self) -> bool:
        if self.ready is None:
            return True
        self.port = self.ready
        return super().is_ready()

    def log(self) -> str:
        return (self.directory / "log").read_text(errors="replace")


class Kannel:
    """bearerbox, smsbox and fakesmsc, which stands for the phone network and reports each message as delivered."""

    title = "Kannel"
    channel = "sms"
    copies = trial.NOTICES  # of each number
    returns = ()

    def __init__(self, parent: Path, packages: Packages, hop):
        self.root = parent / "kannel-root"
        packages.unpack(self.root, "kannel", "kannel-extras", libc=False)
        self.version = packages.version("kannel")
        self.port, admin, box, network = (free_port() for _ in range(4))
        conf = self.root / "kannel.conf"
        conf.write_text(_SETTINGS.format(port=self.port, admin=admin, box=box, network=network))
        fake = ["-H", "127.0.0.1", "-r", str(network), "-i", "3600", "-m", "1", "1 2 text nothing"]
        self.web = Web(os.environ["DATABASE_URL"], parent, "statuspage.wsgi:application", parent)
        self.web.environ |= self.environment
        self.network = _Part(parent, self.root, None, "usr/lib/kannel/test/fakesmsc", *fake)
        self.parts = [
            _Part(parent, self.root, box, "usr/sbin/bearerbox", str(conf)),
            _Part(parent, self.root, self.port, "usr/sbin/smsbox", str(conf)),
            self.network,
            self.web,  # for its reports
        ]

    @property
    def environment(self) -> dict[str, str]:
        url = f"kannel://acme:for-this-run@127.0.0.1:{self.port}/?from=Acme"
        return {"SMS_URL": url, "SITE_URL": self.web.address}

    def arrived(self) -> list[str]:
        """The number of each phone that got a message, in order."""
        return _GOT.findall(self.network.log())

    def __enter__(self):
        self.web.manage("collectstatic", "--no-input", "--verbosity=0")  # or it builds pages in vain
        for part in self.parts:
            part.start()
        return self

    def __exit__(self, *_):
        for part in reversed(self.parts):
            part.stop()
