import subprocess
from email import message_from_bytes
from pathlib import Path

from tests.field.chroot import Root
from tests.field.packages import Missing
from tests.field.relay import RootedRelay

_DOMAIN = "example.test"  # of the readers
_SETTINGS = """\
hostname: "relay.example"
smtp_address: "127.0.0.1:{port}"
data_dir: "/data"
mail_log_path: "<stderr>"
mail_delivery_agent_bin: "/bin/false"
"""
_TAKE = """\
#!/bin/sh
exec cat >"$(mktemp /mail/XXXXXXXXXX)"
"""


class Chasquid(RootedRelay):
    """It knows no next hop but what the DNS says: it delivers here, by a command that writes a file a mail."""

    title = "chasquid"
    packages = ("chasquid", "dash", "coreutils")
    others = f"anybody@{_DOMAIN}"

    def configure(self, root: Root) -> None:
        for place in ("mail", "data", f"conf/domains/{_DOMAIN}", "conf/certs/relay.example"):
            root.make(place, 0)
        root.write("conf/chasquid.conf", _SETTINGS.format(port=self.port))
        root.write(f"conf/domains/{_DOMAIN}/aliases", "*: | /take\n")
        root.write("take", _TAKE, 0o755)
        if not (root.path / "bin/sh").exists():
            (root.path / "bin/sh").symlink_to("dash")
        self._certify(root.path / "conf/certs/relay.example")

    @staticmethod
    def _certify(place: Path) -> None:
        """It does not start without a certificate."""
        files = ["-keyout", place / "privkey.pem", "-out", place / "fullchain.pem"]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=relay.example", *files]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Missing(f"openssl is needed for a certificate: {error}") from error

    def command(self):
        return self.root.command("/usr/bin/chasquid", "-config_dir", "/conf", "-alsologtostderr")

    def arrived(self):
        mails = (file.read_bytes() for file in (self.root.path / "mail").iterdir())
        return [mail["Message-ID"] for mail in map(message_from_bytes, mails) if mail["Message-ID"]]
