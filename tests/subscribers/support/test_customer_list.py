import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from subscribers.addresses import Address
from subscribers.support.customer_list import MAX_LINES, Customer, as_text, clean, read

ADA = Customer("Ada Ltd", Address("email", "ada@example.com"), "C-1", "https://tickets.example.com/1")
word = st.text("abcdefgh ÄÖÜß.'&-", min_size=1, max_size=20).map(str.strip).filter(bool)
sign = st.sampled_from("\t;,")


@pytest.mark.parametrize(
    "line",
    [
        "Ada Ltd\tada@example.com\tC-1\thttps://tickets.example.com/1",
        "Ada Ltd;ada@example.com;C-1;https://tickets.example.com/1",
        "Ada Ltd, ada@example.com, C-1, https://tickets.example.com/1",
        '"Ada Ltd","Ada@Example.com","C-1","https://tickets.example.com/1"',
        "  Ada Ltd \t ada@example.com\tC-1\thttps://tickets.example.com/1\t\t",
    ],
)
def test_tabs_semicolons_and_commas_separate(line):
    assert read(line).customers == [ADA]


def test_a_comma_in_a_name_does_not_separate_where_another_sign_does():
    assert read("Ada, Inc.\tada@example.com").customers[0].name == "Ada, Inc."
    assert read('"Ada, Inc.",ada@example.com').customers[0].name == "Ada, Inc."


def test_a_semicolon_in_a_ticket_address_does_not_separate():
    assert read("Ada,ada@example.com,7,https://t.example.com/a;b").customers[0].ticket_url.endswith("a;b")


def test_a_heading_and_empty_lines_are_passed_over():
    found = read("\nName\tE-mail\tReference\n\nAda\tada@example.com\n  \n")
    assert [customer.name for customer in found.customers] == ["Ada"]
    assert found.refused == []


def test_a_bare_address_is_its_own_name():
    assert read("ada@example.com\n+49 151 12345678").customers == [
        Customer("ada@example.com", Address("email", "ada@example.com")),
        Customer("+49 151 12345678", Address("sms", "+4915112345678")),
    ]


def test_refused_lines_say_their_number_and_reason_and_can_be_mended():
    found = read("Ada\tada@example.com\nBob\tbob@\n\nCy\tcy@example.com\t\tjavascript:alert(1)\na,b,c,d,e")
    assert len(found.customers) == 1
    assert [line.number for line in found.refused] == [2, 4, 5]
    assert "name@example.com" in found.refused[0].reason
    assert "https://" in found.refused[1].reason
    assert as_text(found.refused) == "Bob\tbob@\nCy\tcy@example.com\t\tjavascript:alert(1)\na,b,c,d,e"


def test_hidden_characters_are_refused_and_do_not_make_lines():
    found = read("Ada\u2028Bob\tada@example.com\nCy\x0b\x85x\tcy@example.com")
    assert [line.number for line in found.refused] == [1, 2]
    assert "U+2028" in found.refused[0].reason


def test_the_same_address_twice_is_one_customer():
    found = read("Ada\tada@example.com\nAda again\tADA@example.com")
    assert [customer.name for customer in found.customers] == ["Ada"]
    assert found.repeated == 1


def test_lines_beyond_the_limit_are_refused_not_lost():
    found = read("\n".join(f"c{number}@example.com" for number in range(MAX_LINES + 2)))
    assert len(found.customers) == MAX_LINES
    assert as_text(found.refused) == f"c{MAX_LINES}@example.com\nc{MAX_LINES + 1}@example.com"
    assert len(found.refused) == 1
    assert "At most 5,000" in found.refused[0].reason


def test_one_customer_is_checked_field_by_field():
    with pytest.raises(ValidationError) as error:
        clean(name=" ", contact="nobody", reference="x" * 101, ticket_url="ftp://example.com")
    assert list(error.value.message_dict) == ["contact", "reference", "name", "ticket_url"]


@given(
    st.lists(st.tuples(word, st.from_regex(r"[a-z0-9]{1,8}@[a-z]{1,8}\.com", fullmatch=True), word), max_size=20), sign
)
def test_what_a_spreadsheet_writes_is_read_back(rows, separator):
    found = read("\n".join(separator.join(row) for row in rows))
    assert found.refused == []
    first = {email: (name, reference) for name, email, reference in reversed(rows)}
    assert {row.address.address: (row.name, row.reference) for row in found.customers} == first
    assert found.repeated == len(rows) - len(first)


@given(st.text(max_size=400))
def test_no_text_is_lost_and_none_raises(text):
    found = read(text)
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip(" \t;,")]
    assert len(lines) - len(found.customers) - len(found.refused) - found.repeated in (0, 1)  # 1: a heading
    assert all(line.text in lines and line.reason for line in found.refused)
