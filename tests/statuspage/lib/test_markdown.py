from html.parser import HTMLParser

import pytest

from statuspage.lib.markdown import render


def test_plain_markdown_becomes_html():
    assert render("**Card payments** fail.\nWe work on it.") == (
        "<p><strong>Card payments</strong> fail.<br>\nWe work on it.</p>"
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        '<div hx-get="/admin/" hx-trigger="load">x</div>',
        '<p style="position:fixed" class="x" id="y">x</p>',
        "<iframe src=//evil.example></iframe>",
        '<svg onload="alert(1)">',
        "![x](https://evil.example/pixel.gif)",
        '<form action="//evil.example"><input name=password></form>',
    ],
)
def test_hostile_markdown_is_shown_and_does_nothing(hostile):
    html = render(hostile)
    assert _elements(html) <= {
        ("p", ()),
        ("a", (("href", "https://evil.example/pixel.gif"), ("rel", "nofollow noopener"))),
    }


def _elements(html):
    """The elements and their attributes, as a browser sees them."""
    found = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.add((tag, tuple(attrs)))
    parser.feed(html)
    return found


def test_links_lend_no_weight_and_keep_no_window():
    assert render("[us](https://example.test)") == (
        '<p><a href="https://example.test" rel="nofollow noopener">us</a></p>'
    )
