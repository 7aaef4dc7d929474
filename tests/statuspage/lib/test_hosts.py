import pytest

from statuspage.lib.hosts import in_address, travelling


@pytest.mark.parametrize(
    ("written", "travels"),
    [
        ("status.example.com", "status.example.com"),
        ("Status.Example.COM.", "status.example.com"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("ab--cd.example", "ab--cd.example"),
        ("störung.example", "xn--strung-xxa.example"),
        ("STÖRUNG.example", "xn--strung-xxa.example"),
        ("straße.example", "xn--strae-oqa.example"),  # IDNA 2003 makes strasse.example of it
        ("状态.例子", "xn--t7t692b.xn--fsqu00a"),
        ("xn--strung-xxa.example", "xn--strung-xxa.example"),
        ("::1", "::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
    ],
)
def test_a_host_is_written_as_it_travels(written, travels):
    assert travelling(written) == travels
    assert travelling(travels) == travels


NO_NAMES = [
    "",
    ".",
    "a..b",
    "-a.example",
    "a-.example",
    "a_b.example",
    "a b",
    "a/b",
    "a:80",
    "[::1]",
    "xn--a",
    "a\x00b",
]
NO_NAMES += [
    "a\x00b",
    "\u2603.example",
    "a" * 64 + ".example",
    "a." * 130 + "example",
    "fe80::1%eth0",
    "status.example.com\n",
]


@pytest.mark.parametrize("written", NO_NAMES)
def test_what_is_no_name_is_refused(written):
    with pytest.raises(ValueError, match=r"."):
        travelling(written)


def test_in_an_address_only_numbers_with_colons_are_in_brackets():
    assert (in_address("::1"), in_address("status.example.com")) == ("[::1]", "status.example.com")
