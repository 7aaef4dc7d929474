from tests.field import bouncing
from tests.field.chroot import Root
from tests.field.relay import RootedRelay

_SETTINGS = """\
primary_hostname = relay.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
acl_smtp_rcpt = take
tls_advertise_hosts =
{more}
begin acl
take:
  accept
begin routers
next_hop:
  driver = manualroute
  route_list = unreachable.test 127.0.0.2::1 byname ; * 127.0.0.1 byname
  self = send
  transport = next_hop
begin transports
next_hop:
  driver = smtp
  port = {hop}
{retry}
"""
_HASTY = {"more": "delay_warning = 2s", "retry": "begin retry\n* * F,8s,1s"}


class Exim(RootedRelay):
    """Every limit as it comes: 20 connections, of each 10 mails at once and the rest only queued, a queue run in 30
    minutes."""

    title = "Exim"
    packages = ("exim4-daemon-light",)
    returns = bouncing.SAY_NO_DELAY
    queue_run = "-q30m"
    accounts = {"Debian-exim": 102, "mail": 8}
    is_kept = False  # what comes after the tenth it would only queue, which is no delivery

    def configure(self, root: Root) -> None:
        for place in ("var/spool/exim4", "var/log/exim4"):
            root.make(place, 102, 102)
        self._write_settings(more="", retry="")

    def write_hasty_settings(self, root: Root) -> None:
        self.queue_run = "-q1s"
        self._write_settings(**_HASTY)

    def _write_settings(self, **more: str) -> None:
        self.root.write("etc/exim4/exim4.conf", _SETTINGS.format(port=self.port, hop=self.hop.port, **more))

    def command(self):
        return self.root.command("/usr/sbin/exim4", "-bdf", self.queue_run)
