import json
import shutil
import subprocess

from tests.field import bouncing
from tests.field.packages import Missing
from tests.field.relay import Relay

_VERSION = "3.3.4"
_INSTALL_SECONDS = 120
_SETTINGS = {
    "me": "relay.example\n",
    "loglevel": "NOTICE\n",
    "plugins": "relay\nqueue/smtp_forward\n",
    "smtp.ini": "listen=127.0.0.1:{port}\nnodes=0\n",
    "relay.ini": "[relay]\nacl=true\n",
    "relay_acl_allow": "127.0.0.1/32\n",
    "smtp_forward.ini": "host=127.0.0.1\nport={hop}\nenable_outbound=true\n",
}
_COPIED = "connection.ini"  # without it, it takes connections and never greets


class Haraka(Relay):
    """It answers the text once the next hop took it: it keeps no queue."""

    title = "Haraka"
    returns = bouncing.AT_ONCE

    def prepare(self, packages) -> None:
        self.program = self.directory / "node_modules/Haraka"
        self._install()
        self.version = json.loads((self.program / "package.json").read_text())["version"]
        conf = self.directory / "conf/config"
        conf.mkdir(parents=True)
        for name, text in _SETTINGS.items():
            (conf / name).write_text(text.format(port=self.port, hop=self.hop.port))
        shutil.copy(self.program / "config" / _COPIED, conf)

    def _install(self) -> None:
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefix", self.directory]
        command = ["npm", "install", *options, f"Haraka@{_VERSION}"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=_INSTALL_SECONDS)
        except (FileNotFoundError, subprocess.TimeoutExpired) as error:
            raise Missing(f"npm: {error}") from error
        except subprocess.CalledProcessError as error:
            raise Missing(f"npm: {error.stderr[-200:]}") from error

    def command(self):
        return ["node", self.program / "bin/haraka", "-c", self.directory / "conf"]
