#!/usr/bin/env bash
# Haraka 3.3.4 (npm), with node 20 or newer.
#
# A configuration directory that is written by hand, without `haraka -i`, works for every file that is left out, for each
# has its defaults in the program; one would expect that of connection.ini too. Without it, Haraka starts, logs
# "Listening", takes the connection, and where the plugin `relay` is on it ends in an error over `cfg.message` before the
# greeting: the client waits until its own patience ends, and takes it for a server that is down. A copy of the file
# that the package ships mends it.
#
# Seen:
#   without connection.ini: no greeting
#   with it: 220
set -euo pipefail
self=$(realpath "$0")
here=$(mktemp -d)
pid=
finish() { [[ -z $pid ]] || kill -9 "$pid" 2>/dev/null || true; rm -rf "$here"; }
trap finish EXIT
cd "$here"
npm install --silent --no-audit --no-fund --ignore-scripts Haraka@3.3.4 >/dev/null 2>&1
mkdir -p conf/config
printf 'listen=127.0.0.1:24625\nnodes=0\n' >conf/config/smtp.ini
printf 'relay\nqueue/smtp_forward\n' >conf/config/plugins
printf '[relay]\nacl=true\n' >conf/config/relay.ini
echo 127.0.0.1/32 >conf/config/relay_acl_allow
echo relay.example >conf/config/me
echo NOTICE >conf/config/loglevel
greeting() { # its code, or that none came within ten seconds
    node node_modules/Haraka/bin/haraka -c conf >log 2>&1 & pid=$!
    until grep -aq Listening log; do sleep 0.2; done
    exec 3<>/dev/tcp/127.0.0.1/24625
    if read -r -t 10 line <&3; then said=${line:0:3}; else said="no greeting"; fi
    exec 3>&-
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || true
}
{
    greeting
    echo "without connection.ini: $said"
    cp node_modules/Haraka/config/connection.ini conf/config/
    greeting
    echo "with it: $said"
} >seen
cat seen
diff seen <(sed -n '/^# Seen:/,/^set/s/^#   //p' "$self")
