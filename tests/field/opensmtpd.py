from tests.field import bouncing
from tests.field.chroot import Root
from tests.field.relay import RootedRelay

_SETTINGS = """\
{more}
listen on 127.0.0.1 port {port} hostname relay.example
action "next_hop" relay host smtp://127.0.0.1:{hop}
match from any for any action "next_hop"
"""
_HASTY = "queue ttl 8s\nbounce warn-interval 2s"
_DAEMON, _QUEUE = 104, 105


class OpenSmtpd(RootedRelay):
    """Every limit as it comes."""

    title = "OpenSMTPD"
    packages = ("opensmtpd",)
    returns = tuple(name for name in bouncing.ALL if name != "unreachable")  # that it does not give up within a minute
    accounts = {"opensmtpd": _DAEMON, "opensmtpq": _QUEUE}

    def configure(self, root: Root) -> None:
        for place in ("var/empty", "var/log", "run", "var/run"):
            root.make(place, 0)
        root.make("var/spool/smtpd", 0, mode=0o711)
        root.write("etc/mailname", "relay.example\n")
        self._write_settings("")

    def write_hasty_settings(self, root: Root) -> None:
        self._write_settings(_HASTY)

    def _write_settings(self, more: str) -> None:
        self.root.write("etc/smtpd.conf", _SETTINGS.format(port=self.port, hop=self.hop.port, more=more))

    def command(self):
        return self.root.command("/usr/sbin/smtpd", "-d")
