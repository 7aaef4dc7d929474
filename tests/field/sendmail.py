import subprocess

from tests.field import bouncing
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
{more}
MAILER(`smtp')
LOCAL_NET_CONFIG
R$* < @ unreachable.test $* > $*	$#esmtp $@ [127.0.0.1] $: $1 < @ unreachable.test $2 > $3
"""
_HASTY = """\
define(`confTO_QUEUERETURN', `8s')
define(`confTO_QUEUEWARN', `2s')
define(`confMIN_QUEUE_AGE', `0')
"""


class Sendmail(RootedRelay):
    """Without Debian's record of the next hop's state, for which it puts off a mail in twelve until its queue run, and
    without its limits of the machine's load, above which it queues or refuses everything."""

    title = "sendmail"
    packages = ("sendmail-bin", "sendmail-base", "sendmail-cf", "m4")
    returns = bouncing.SAY_NO_DELAY
    queue_run = "-q30m"
    accounts = {"smmta": 106, "smmsp": 107, "mail": 8}

    def configure(self, root: Root) -> None:
        for place in ("var/spool/mqueue", "var/run/sendmail/mta"):
            root.make(place, 0)
        root.write("etc/mail/service.switch", "hosts files\naliases files\n")
        root.write("etc/mail/local-host-names", "")
        self._write_settings("")

    def write_hasty_settings(self, root: Root) -> None:
        self.queue_run = "-q1s"
        self._write_settings(_HASTY)

    def _write_settings(self, more: str) -> None:
        root = self.root
        root.write("etc/mail/sendmail.mc", _SETTINGS.format(port=self.port, hop=self.hop.port, more=more))
        made = subprocess.run(root.command("/usr/bin/m4", "/etc/mail/sendmail.mc"), capture_output=True, text=True)
        root.write("etc/mail/sendmail.cf", made.stdout)

    def command(self):
        return self.root.command("/usr/libexec/sendmail/sendmail", "-bD", self.queue_run)
