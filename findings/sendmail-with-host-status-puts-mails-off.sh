#!/usr/bin/env bash
# sendmail 8.17.1.9 (Debian 12), as root: it runs in a root directory of its own, on loopback.
#
# Debian's sendmail.cf names a HostStatusDirectory: what one process saw of a host, the next need not try. One would
# expect that to matter for hosts that fail. Where many processes hand mail to one next hop at once (a notice to many
# readers through a smart host), some of them are "Deferred" without a word why, though the hop took every mail that it
# was given: they go with the next queue run, in Debian ten minutes later. Of 300 mails over 20 connections 17 to 54 were
# put off; without the option none was. SingleThreadDelivery is off. In sendmail.mc, after OSTYPE:
# define(`confHOST_STATUS_DIRECTORY', `')
#
# Seen:
#   with HostStatusDirectory: some put off
#   without it: none put off
set -euo pipefail
self=$(realpath "$0")
here=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done; sleep 1; rm -rf "$here"; }
trap finish EXIT
cd "$here"
only=(--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances)
names=(sendmail-bin sendmail-base sendmail-cf m4 postfix)
mapfile -t libraries < <(apt-cache depends --recurse "${only[@]}" "${names[@]}" | grep -E '^(lib|zlib)' | grep -Ev 'perl|guile|systemd|elogind|installer|newt|slang|textwrap|python' | sort -u)
apt-get download -qq "${names[@]}" "${libraries[@]}" 2>/dev/null
mkdir root
for package in *.deb; do dpkg -x "$package" root; done
mkdir -p root/{dev,tmp,var/spool/mqueue,var/lib/sendmail/host_status,var/run/sendmail/mta}
mknod -m 666 root/dev/null c 1 3
mknod -m 666 root/dev/urandom c 1 9
printf '%s\n' root:x:0:0::/:/bin/sh smmta:x:106:106::/:/bin/sh smmsp:x:107:107::/:/bin/sh mail:x:8:8::/:/bin/sh nobody:x:65534:65534::/:/bin/sh >root/etc/passwd
printf '%s\n' root:x:0: smmta:x:106: smmsp:x:107: mail:x:8: nogroup:x:65534: >root/etc/group
echo '127.0.0.1 localhost relay.example' >root/etc/hosts
printf 'hosts files\naliases files\n' >root/etc/mail/service.switch
touch root/etc/mail/local-host-names
cat >root/etc/mail/sendmail.mc <<'MC'
include(`/usr/share/sendmail/cf/m4/cf.m4')
OSTYPE(`debian')
define(`confDOMAIN_NAME', `relay.example')
define(`SMART_HOST', `relay:[127.0.0.1]')
define(`RELAY_MAILER_ARGS', `TCP $h 24626')
define(`ALIAS_FILE', `')
define(`confQUEUE_LA', `100')
define(`confREFUSE_LA', `100')
define(`confSERVICE_SWITCH_FILE', `/etc/mail/service.switch')
FEATURE(`no_default_msa')
FEATURE(`promiscuous_relay')
FEATURE(`accept_unresolvable_domains')
DAEMON_OPTIONS(`Family=inet, Name=MTA, Port=24625, Addr=127.0.0.1')
MAILER(`smtp')
MC
chroot root m4 /etc/mail/sendmail.mc >root/etc/mail/with.cf 2>/dev/null
grep -v '^O HostStatusDirectory' root/etc/mail/with.cf >root/etc/mail/without.cf
chroot root /usr/sbin/smtp-sink -u nobody 127.0.0.1:24626 1000 & pids+=($!)
put_off() { # the settings; whether a mail is left in the queue some seconds after all were taken
    chroot root /usr/libexec/sendmail/sendmail -bD -q30m -C "/etc/mail/$1" 2>/dev/null & pid=$!
    pids+=("$pid")
    until chroot root /usr/sbin/smtp-source -s 20 -m 300 -l 8000 -f a@b.test -t c@d.test 127.0.0.1:24625 2>/dev/null; do sleep 1; done
    sleep 10
    left=$(find root/var/spool/mqueue -name 'qf*' | wc -l)
    kill "$pid"
    rm -f root/var/spool/mqueue/*
    if ((left)); then echo "some put off"; else echo "none put off"; fi
}
{
    echo "with HostStatusDirectory: $(put_off with.cf)"
    sleep 2
    echo "without it: $(put_off without.cf)"
} >seen
cat seen
diff seen <(sed -n '/^# Seen:/,/^set/s/^#   //p' "$self")
