import subprocess

from tests.field.chroot import Root
from tests.field.relay import RootedRelay

_SETTINGS = """\
include(`/usr/share/sendmail/cf/m4/cf.m4')
OSTYPE(`debian')
define(`confDOMAIN_NAME', `relay.example')
define(`SMART_HOST', `relay:[127.0.0.1]')
define(`RELAY_MAILER_ARGS', `TCP $h {hop}')
define(`ALIAS_FILE', `')
define(`confHOST_STATUS_DIRECTORY', `')
define(`confQUEUE_LA', `100')
define(`confREFUSE_LA', `100')
define(`confSERVICE_SWITCH_FILE', `/etc/mail/service.switch')
FEATURE(`no_default_msa')
FEATURE(`promiscuous_relay')
FEATURE(`accept_unresolvable_domains')
DAEMON_OPTIONS(`Family=inet, Name=MTA, Port={port}, Addr=127.0.0.1')
MAILER(`smtp')
"""


class Sendmail(RootedRelay):
    """Without Debian's record of the next hop's state, for which it puts off a mail in twelve until its queue run, and
    without its limits of the machine's load, above which it queues or refuses everything."""

    title = "sendmail"
    packages = ("sendmail-bin", "sendmail-base", "sendmail-cf", "m4")
    accounts = {"smmta": 106, "smmsp": 107, "mail": 8}

    def configure(self, root: Root) -> None:
        for place in ("var/spool/mqueue", "var/run/sendmail/mta"):
            root.make(place, 0)
        root.write("etc/mail/service.switch", "hosts files\naliases files\n")
        root.write("etc/mail/local-host-names", "")
        root.write("etc/mail/sendmail.mc", _SETTINGS.format(port=self.port, hop=self.hop.port))
        made = subprocess.run(root.command("/usr/bin/m4", "/etc/mail/sendmail.mc"), capture_output=True, text=True)
        root.write("etc/mail/sendmail.cf", made.stdout)

    def command(self):
        return self.root.command("/usr/libexec/sendmail/sendmail", "-bD", "-q30m")
