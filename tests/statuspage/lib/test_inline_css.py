import pytest
from django.http import HttpResponse

from statuspage.lib import inline_css


@pytest.mark.parametrize(
    ("css", "squeezed"),
    [
        (
            "/* why\n so */\n.a > .b,\n.c :is(p) { margin: 0.5rem 10.5pt; color: red; }\n",
            ".a>.b,.c :is(p){margin:.5rem 10.5pt;color:red}",
        ),
        ('a::after { content: " <" attr(href) ">; }"; }', 'a::after{content:" <" attr(href) ">; }"}'),
        (
            "@media (min-width: 40rem) { a { width: calc(100% + 1rem); } }",
            "@media (min-width:40rem){a{width:calc(100% + 1rem)}}",
        ),
    ],
)
def test_what_is_squeezed_means_the_same(css, squeezed):
    assert inline_css.squeeze(css) == squeezed


def test_constants_stand_as_their_values_and_colours_as_names():
    css = inline_css.sheet("story")
    assert "--space" not in css
    assert "--text" not in css
    assert "var(--accent)" in css


def test_a_brands_accent_comes_after_the_tokens_in_their_layer():
    css = inline_css.sheet(accents=("#112233", "#aabbcc"))
    assert css.endswith(
        "@layer tokens{:root{--accent:#112233}@media screen and (prefers-color-scheme:dark){:root{--accent:#aabbcc}}}"
    )


def test_only_a_style_that_we_made_has_a_source():
    ours = inline_css.sheet()
    assert inline_css.source_of(HttpResponse(f"<head><style>{ours}</style>")).startswith("'sha256-")
    for body in (f"<style>{ours} p{{}}</style>", "<style>p{}</style>", ours, ""):
        assert inline_css.source_of(HttpResponse(body)) is None
    assert inline_css.source_of(HttpResponse(f"<style>{ours}</style>", content_type="text/plain")) is None
