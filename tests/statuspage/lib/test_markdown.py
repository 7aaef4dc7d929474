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
def test_hostile_markdown_leaves_no_trace_in_the_html(hostile):
    html = render(hostile)
    for trace in (
        "<script",
        "onerror",
        "onload",
        "javascript:",
        "hx-",
        "style=",
        "class=",
        "id=",
        "<i",
        "<form",
        "<svg",
    ):
        assert trace not in html


def test_links_lend_no_weight_and_keep_no_window():
    assert render("[us](https://example.test)") == (
        '<p><a href="https://example.test" rel="nofollow noopener">us</a></p>'
    )
