import re

from tests.field import bouncing
from tests.field.chroot import Root
from tests.field.relay import RootedRelay

_SETTINGS = """\
compatibility_level = 3.6
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{hop}
smtp_host_lookup = native
smtpd_relay_restrictions = permit_mynetworks, reject
maillog_file = /var/log/mail.log
alias_maps =
alias_database =
queue_directory = /var/spool/postfix
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
"""
_HASTY = """\
maximal_queue_lifetime = 8s
bounce_queue_lifetime = 8s
delay_warning_time = 2s
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
transport_maps = inline:{ unreachable.test=smtp:[127.0.0.1]:1 }
"""
_POSTFIX, _POSTDROP = 101, 103
_QUEUES = "active bounce corrupt defer deferred flush hold incoming private saved trace"


class Postfix(RootedRelay):
    """Its limits as they come: 100 processes of a kind, 50 connections from one address."""

    title = "Postfix"
    packages = ("postfix",)
    returns = bouncing.ALL
    accounts = {"postfix": _POSTFIX, "postdrop": _POSTDROP}

    def configure(self, root: Root) -> None:
        for place in _QUEUES.split():
            root.make(f"var/spool/postfix/{place}", _POSTFIX, mode=0o700)
        root.make("var/spool/postfix/pid", 0)
        root.make("var/spool/postfix/maildrop", _POSTFIX, _POSTDROP, 0o730)
        root.make("var/spool/postfix/public", _POSTFIX, _POSTDROP, 0o710)
        root.make("var/lib/postfix", _POSTFIX)
        root.make("var/log", 0)
        root.write("etc/postfix/main.cf", _SETTINGS.format(hop=self.hop.port))
        shipped = root.path / "usr/share/postfix/master.cf.dist"
        root.write("etc/postfix/master.cf", self._services(shipped.read_text()))

    def write_hasty_settings(self, root: Root) -> None:
        root.write("etc/postfix/main.cf", _SETTINGS.format(hop=self.hop.port) + _HASTY)

    def _services(self, shipped: str) -> str:
        """Those of the package, on our port, without a second chroot and without what pipes mail into programs."""
        own = re.sub(r"^maildrop.*", "", shipped, flags=re.MULTILINE | re.DOTALL)
        own = re.sub(r"^(\w\S*\s+(?:unix|unix-dgram|inet)\s+\S+\s+\S+\s+)y", r"\1n", own, flags=re.MULTILINE)
        return re.sub(r"^smtp(\s+inet)", rf"127.0.0.1:{self.port}\1", own, count=1, flags=re.MULTILINE)

    def command(self):
        return self.root.command("/usr/lib/postfix/sbin/master", "-d")
