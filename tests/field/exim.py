from tests.field.chroot import Root
from tests.field.relay import RootedRelay

_SETTINGS = """\
primary_hostname = relay.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
acl_smtp_rcpt = take
tls_advertise_hosts =
begin acl
take:
  accept
begin routers
next_hop:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  self = send
  transport = next_hop
begin transports
next_hop:
  driver = smtp
  port = {hop}
"""


class Exim(RootedRelay):
    """Every limit as it comes: 20 connections, of each 10 mails at once and the rest only queued, a queue run in 30
    minutes."""

    title = "Exim"
    packages = ("exim4-daemon-light",)
    accounts = {"Debian-exim": 102, "mail": 8}
    is_kept = False  # what comes after the tenth it would only queue, which is no delivery

    def configure(self, root: Root) -> None:
        for place in ("var/spool/exim4", "var/log/exim4"):
            root.make(place, 102, 102)
        root.write("etc/exim4/exim4.conf", _SETTINGS.format(port=self.port, hop=self.hop.port))

    def command(self):
        return self.root.command("/usr/sbin/exim4", "-bdf", "-q30m")
