#!/usr/bin/env bash
# feedparser 6.0.12 (PyPI), which many feed readers are built on.
#
# HTML has <bdi> so that a name written from right to left does not turn the words beside it. It holds no script and no
# address, yet it is not on the sanitiser's list: the element goes, its words stay, and the sentence around a Hebrew or
# Arabic name is reordered. <bdo> goes too. The attribute dir stays, also on a <span>: who wants isolation in a feed says
# <span dir="auto">, which HTML isolates.
#
# Seen:
#   <p dir="auto">a b c</p>
#   <p>a <span dir="auto">b</span> c</p>
#   <p>a b c</p>
set -euo pipefail
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install --quiet --disable-pip-version-check feedparser==6.0.12
"$here/venv/bin/python" - >"$here/seen" <<'PYTHON'
from html import escape

import feedparser

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Status</title>
<item><title>One</title><description>{}</description></item></channel></rss>"""
for html in (
    '<p dir="auto">a <bdi>b</bdi> c</p>',
    '<p>a <span dir="auto">b</span> c</p>',
    '<p>a <bdo dir="ltr">b</bdo> c</p>',
):
    print(feedparser.parse(FEED.format(escape(html))).entries[0].summary)
PYTHON
cat "$here/seen"
diff "$here/seen" <(sed -n '/^# Seen:/,/^set/s/^#   //p' "$0")
