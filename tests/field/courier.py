import subprocess
from email import message_from_bytes

from tests.field.chroot import Root
from tests.field.relay import RootedRelay

# `courier start` and `esmtpd start` in one, which stay: a relay for whoever can reach it, with every limit as it comes
# (5 connections of one address, 40 in all). Where it may ask no DNS it hangs before its greeting (-nodnslookup).
_START = """\
#!/bin/sh
prefix=/usr exec_prefix=/usr sysconfdir=/etc/courier sbindir=/usr/sbin
set -a
. /etc/courier/courierd
. /etc/courier/esmtpd
BOFHCHECKDNS=0 RELAYCLIENT=
cd /usr/lib/courier/courier
./courierd &
exec /usr/sbin/couriertcpd -noidentlookup -nodnslookup -user=courier -group=courier -address=127.0.0.1 \\
    -maxprocs=$MAXDAEMONS -maxperc=$MAXPERC -maxperip=$MAXPERIP -pid=/run/courier/esmtpd.pid {port} \\
    /usr/sbin/courieresmtpd
"""
_COURIER = 108
_QUEUES = "allfilters filters msgq msgs track tmp sts"


class Courier(RootedRelay):
    """What it took is counted in its own queue: without DNS it hands nothing on, not even to a fixed next hop."""

    title = "Courier"
    packages = ("courier-mta", "courier-base", "courier-authlib", "dash", "coreutils", "sed")
    accounts = {"courier": _COURIER}

    def configure(self, root: Root) -> None:
        for place in ["", *_QUEUES.split()]:
            root.make(f"var/lib/courier/{place}", _COURIER, _COURIER)
        root.make("run/courier", _COURIER, _COURIER)
        for name in ("me", "locals", "defaultdomain"):
            root.write(f"etc/courier/{name}", "relay.example\n")
        root.write("etc/courier/dsnfrom", "postmaster@relay.example\n")
        root.write("etc/environment", "")
        root.write("start", _START.format(port=self.port), 0o755)
        if not (root.path / "bin/sh").exists():
            (root.path / "bin/sh").symlink_to("dash")
        root.give("usr/lib/courier/courier/submitmkdir", _COURIER, 0o4755)
        subprocess.run(root.command("/usr/sbin/makealiases"), check=True, capture_output=True)

    def command(self):
        return self.root.command("/start")

    def arrived(self):
        mails = (file.read_bytes() for file in (self.root.path / "var/lib/courier/msgs").glob("*/D*"))
        return [mail["Message-ID"] for mail in map(message_from_bytes, mails) if mail["Message-ID"]]
