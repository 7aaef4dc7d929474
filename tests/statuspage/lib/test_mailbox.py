import pytest

from statuspage.lib.mailbox import split


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("status@example.com", "", "status@example.com"),
        ("Acme <status@example.com>", "Acme", "status@example.com"),
        ('"Acme, Inc." <status@example.com>', "Acme, Inc.", "status@example.com"),
        ("St\xf6rung GmbH <status@example.com>", "St\xf6rung GmbH", "status@example.com"),
        ("status@[192.0.2.1]", "", "status@[192.0.2.1]"),
        ("Acme <status@[IPv6:2001:db8::1]>", "Acme", "status@[IPv6:2001:db8::1]"),
        ("one@example.com, two@example.com", "", ""),
        ("Acme, Inc. <status@example.com>", "", ""),
        ("status@example.com\nBcc: all@example.com", "", ""),
        ("status@", "", ""),
        ("<status@example.com", "", "status@example.com"),
        ("", "", ""),
    ],
)
def test_one_mailbox_is_a_name_and_an_address(text, name, address):
    assert split(text) == (name, address)
