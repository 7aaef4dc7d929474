import subprocess
from email import message_from_bytes

from tests.field.packages import Missing, Packages
from tests.field.relay import Relay

_DOMAIN = "example.test"  # of the readers
_SETTINGS = """\
hostname: "relay.example"
smtp_address: "127.0.0.1:{port}"
data_dir: "{directory}/data"
mail_log_path: "<stderr>"
mail_delivery_agent_bin: "/bin/false"
"""
_TAKE = """\
#!/bin/sh
exec cat >"$(mktemp {directory}/mail/XXXXXXXXXX)"
"""


class Chasquid(Relay):
    """It knows no next hop but what the DNS says: it delivers here, by a command that writes a file a mail."""

    title = "chasquid"
    packages = ("chasquid",)
    others = f"anybody@{_DOMAIN}"

    def prepare(self, packages: Packages) -> None:
        packages.unpack(self.directory / "root", *self.packages, libc=False)
        self.version = packages.version("chasquid")
        for place in ("mail", "data", f"conf/domains/{_DOMAIN}", "conf/certs/relay.example"):
            (self.directory / place).mkdir(parents=True)
        conf = self.directory / "conf"
        (conf / "chasquid.conf").write_text(_SETTINGS.format(port=self.port, directory=self.directory))
        (conf / "domains" / _DOMAIN / "aliases").write_text(f"*: | {self.directory}/take\n")
        take = self.directory / "take"
        take.write_text(_TAKE.format(directory=self.directory))
        take.chmod(0o755)
        self._certify()

    def _certify(self) -> None:
        """It does not start without a certificate."""
        place = self.directory / "conf/certs/relay.example"
        files = ["-keyout", place / "privkey.pem", "-out", place / "fullchain.pem"]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=relay.example", *files]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Missing(f"openssl is needed for a certificate: {error}") from error

    def command(self):
        return [self.directory / "root/usr/bin/chasquid", "-config_dir", self.directory / "conf", "-alsologtostderr"]

    def arrived(self):
        mails = (file.read_bytes() for file in (self.directory / "mail").iterdir())
        return [mail["Message-ID"] for mail in map(message_from_bytes, mails) if mail["Message-ID"]]
