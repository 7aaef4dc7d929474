"""What another status page published as HTML is read as the same words here."""

import html
import random
import re

import pytest

from statuspage.lib.markdown import from_html, is_html, plain, render
from tests import seeds

READ_AS = {
    'We look into it.<br /><br />See <a href="https://a.test/x_y(z)">the region</a>.': (
        "We look into it.\n\nSee [the region](https://a.test/x_y%28z%29)."
    ),
    "One<br>two<BR/>three": "One\ntwo\nthree",
    "<p>One</p><p>Two <strong>three </strong>four</p>": "One\n\nTwo **three** four",
    "<ul><li>a</li><li>b</li></ul>then<ol start='3'><li>c</li></ol>": "- a\n- b\n\nthen\n\n3. c",
    "Q&amp;A at 5 &lt; 6&nbsp;&#39;x&#x27;": "Q&A at 5 \\< 6 'x'",
    "a<b>b</b>c": "abc",
    "*not* emphasis, snake_case, `x`, [y](z)<br>": "\\*not\\* emphasis, snake\\_case, \\`x\\`, \\[y\\](z)",
    "- no list<br>1. nor this<br># nor this": "\\- no list\n1\\. nor this\n\\# nor this",
    "<pre>a\n  *b*</pre><code>x_y</code>": "    a\n      *b*\n\n`x_y`",
    "at https://a.test/c_d_e.<br>": "at https://a.test/c_d_e.",
    '<a href="/relative">here</a>': "here",
    '<a href="javascript:x()">here</a>': "here",
    '<a href="https://a.test/">https://a.test/</a>': "https://a.test/",
    '<a href="mailto:help@a.test">help@a.test</a>': "help@a.test",
    "<h2>What happened</h2>Nothing.": "**What happened**\n\nNothing.",
    '<img src="https://a.test/p.png" alt="Graph"><br>': "[Graph](https://a.test/p.png)",
    '<img src="https://a.test/p.png"><br>': "https://a.test/p.png",
    "<small>Mar <var data-var='date'>26</var> UTC</small><br><b>Resolved</b>": "Mar 26 UTC\n**Resolved**",
    "<table><tr><td>a</td><td>b</td></tr></table>": "a | b",
    "<blockquote><p>q</p></blockquote>": "> q",
    "<b><i>both</i></b>": "***both***",
    "<div>one</div><div>two</div>": "one\n\ntwo",
    "<script>no()</script>text<br>": "text",
    "<ol start='many'><li value='x'>a</li></ol>": "1. a",
}


@pytest.mark.parametrize(("said", "markdown"), list(READ_AS.items()))
def test_html_becomes_the_markdown_that_shows_it(said, markdown):
    assert is_html(said)
    assert from_html(said) == markdown


@pytest.mark.parametrize("text", ["Requests to <timeout> fail.", "a < b & c > d", "/v1/<id>/x", "AT&T", "**a**\n\n- b"])
def test_what_is_no_html_is_not_taken_for_it(text):
    assert not is_html(text)


def test_what_no_markdown_of_ours_can_say_stays_as_it_came():
    assert from_html("x<br>===<br>y") == "x<br>===<br>y"


TAGS = ("p", "br", "b", "em", "ul", "li", "ol", "code", "a", "pre", "blockquote", "td")
LINK = "<a href='https://a.test/'>"
MARKS = (
    "\n",
    "words ",
    "a_b",
    "*",
    "**",
    "_x_",
    "~~",
    "# ",
    "- ",
    "1. ",
    "[x](y)",
    "|",
    "`",
    "\\",
    "&amp;",
    "&lt;x&gt;",
)
PIECES = [*(f"<{tag}>" for tag in TAGS), *(f"</{tag}>" for tag in TAGS), LINK, *MARKS, "https://b.test/_"]


def test_no_word_is_lost_whatever_the_html_is():
    seed = seeds.seed(80)
    print(f"seed {seed}")
    choice = random.Random(seed)
    for _ in range(2_000):
        said = "".join(choice.choices(PIECES, k=choice.randint(1, 25)))
        shown = plain(render(from_html(said)))
        for word in re.findall(r"[a-z]{2,}", html.unescape(re.sub("<[^<>]*>", " ", said))):
            assert word in shown, (said, shown)
