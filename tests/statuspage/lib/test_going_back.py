"""A form that says where it leads afterwards leads to this site alone, whatever it says."""

import pytest

from statuspage.lib.going_back import go_back


@pytest.mark.parametrize("given", ["/admin/", "/admin/support/?q=2026-11-30T10:00", "/admin/support:customers"])
def test_a_path_of_this_site_is_followed(given):
    assert go_back(given, default="/admin/").url == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "2026-11-30T10:00",
        "9999-12-31T23:59",
        "support:customers",
        "admin:index",
        "mailto:lead@example.com",
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "///elsewhere.example",
        "elsewhere",
        "?q=1",
        "../admin/",
        "\u202e\u200b\ufeff",
        "\x00/admin/",
    ],
)
def test_anything_else_leads_to_where_the_screen_leads(given):
    assert go_back(given, default="/admin/").url == "/admin/"
