#!/usr/bin/env bash
# newsboat 2.21 (Debian 12).
#
# The id of an entry is unique for ever (RFC 4287, 4.2.6), and the same entry may stand in several feeds: in one of
# everything and in one of a part. newsboat keeps entries by id alone: after reading both feeds there is one row, in the
# feed that was read last, and the first feed has lost its entry. Our feed of a component and that of everything share
# ids, as the RFC means it: whoever follows both sees each entry once, in either. The feeds of incidents and of updates
# share none, or an update would take the incident's place.
#
# Seen:
#   first.rss 0
#   second.rss 1
set -euo pipefail
here=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$here"' EXIT
mkdir "$here/packages"
needed=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances newsboat |
    grep -E '^(newsboat|lib[a-z0-9.+-]*)$' | grep -vE '^(libc6|libc-bin|libcrypt1)$' | sort -u)
(cd "$here/packages" && apt-get download -q $needed >/dev/null)
for package in "$here"/packages/*.deb; do dpkg -x "$package" "$here"; done
libraries=$(find "$here/usr/lib" "$here/lib" -type d -name '*-linux-gnu' 2>/dev/null | paste -sd:)
newsboat() { LD_LIBRARY_PATH=$libraries "$here/usr/bin/newsboat" "$@"; }
newsboat --version | grep -o 'newsboat 2\.21'
for name in first second; do
    cat >"$here/$name.rss" <<FEED
<?xml version="1.0"?><rss version="2.0"><channel><title>$name</title><link>https://status.example/</link><description/>
<item><title>Checkout is slow</title><guid isPermaLink="false">tag:status.example,2026:1</guid>
<link>https://status.example/1</link><pubDate>Mon, 30 Nov 2026 01:00:00 GMT</pubDate></item></channel></rss>
FEED
done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 -m http.server "$port" --bind 127.0.0.1 --directory "$here" >/dev/null 2>&1 &
server=$!
until (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null; do sleep 0.1; done
printf 'http://127.0.0.1:%s/%s.rss\n' "$port" first "$port" second >"$here/urls"
newsboat -C /dev/null -u "$here/urls" -c "$here/cache.db" -x reload
python3 - "$here/cache.db" >"$here/seen" <<'PYTHON'
import sqlite3
import sys

feeds = [url for (url,) in sqlite3.connect(sys.argv[1]).execute("select feedurl from rss_item")]
for name in ("first.rss", "second.rss"):
    print(name, sum(url.endswith(name) for url in feeds))
PYTHON
cat "$here/seen"
diff "$here/seen" <(sed -n '/^# Seen:/,/^set/s/^#   //p' "$0")
