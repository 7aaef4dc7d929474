"""What was kept by IDNA 2003 is found by whoever types it, and told from what is somebody else's."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from subscribers.addresses import Address, normalise
from subscribers.enums import Channel
from subscribers.models import ErasedAddress, Subscriber, Suppression
from subscribers.people import erasing
from subscribers.spellings import earlier, kept_as
from tests.factories import a_subscriber, a_user

TYPED = "Name@stra\u00dfe.example"
TODAY, BEFORE = "name@xn--strae-oqa.example", "name@strasse.example"
SNOW = "x@xn--n3h.example"  # a snowman, which IDNA 2008 forbids


def run(*args) -> tuple[int, str]:
    out, code = io.StringIO(), 0
    try:
        call_command(*args, stdout=out, stderr=out)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue()


@pytest.mark.parametrize(
    ("typed", "before"),
    [
        (TYPED, BEFORE),
        (TODAY, BEFORE),
        ("a@\u03b2\u03cc\u03bb\u03bf\u03c2.example", "a@xn--nxasmq6b.example"),  # a final sigma
        ("a@xn--mgba3gch31f060k.example", "a@xn--mgba3gch31f.example"),  # a joiner
        (BEFORE, None),
        ("a@m\u00fcnchen.example", None),
        ("a@example.com", None),
        ("+4915112345678", None),
    ],
)
def test_an_address_has_an_earlier_spelling_where_the_standards_differ(typed, before):
    found = earlier(normalise(typed))
    assert (found and found.address) == before


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (TYPED, [TODAY, BEFORE]),
        (BEFORE, [BEFORE]),
        ("X@\u2603.example", [SNOW]),
        (SNOW, [SNOW]),
        ("\u017fales@example.com", ["\u017fales@example.com"]),
        ("a@example.com", ["a@example.com"]),
    ],
)
def test_what_is_typed_may_be_kept_under(typed, kept):
    assert [one.address for one in kept_as(typed)] == kept


@pytest.mark.parametrize("typed", ["", "nobody", "a b@x.example", "@\u2603.example", "a@" + "\u2603" * 80 + ".example"])
def test_what_never_was_an_address_is_refused_as_ever(typed):
    with pytest.raises(ValidationError):
        kept_as(typed)


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["export_subscriber", "erase_subscriber"])
def test_at_a_prompt_the_earlier_spelling_is_named_and_a_person_decides(command):
    a_subscriber(BEFORE)
    with pytest.raises(CommandError, match=f"{BEFORE} is kept: .* also an address of its own"):
        run(command, TYPED)
    assert Subscriber.objects.exists()
    code, said = run(command, BEFORE)
    assert (code, "Nothing is kept" in said) == (0, False)


@pytest.mark.django_db
def test_at_a_prompt_todays_spelling_comes_first():
    a_subscriber(BEFORE)
    a_subscriber(TODAY)
    run("erase_subscriber", TYPED)
    assert list(Subscriber.objects.values_list("address", flat=True)) == [BEFORE]


@pytest.mark.django_db
def test_what_is_no_address_any_more_is_erased_all_the_same():
    a_subscriber(SNOW)
    assert "Erased." in run("erase_subscriber", "x@\u2603.example")[1]
    assert not Subscriber.objects.exists()


@pytest.mark.django_db
def test_a_suppression_is_found_by_what_was_typed():
    Suppression.objects.create(channel="email", address=BEFORE, reason="550 5.1.1 User unknown")
    with pytest.raises(CommandError, match=BEFORE):
        run("suppressions", "lift", TYPED, "--yes")


@pytest.mark.django_db
def test_support_finds_the_person_and_sees_what_is_kept(client):
    subscriber = a_subscriber(BEFORE)
    client.force_login(a_user(is_superuser=True))
    page = client.get(reverse("support:home"), {"q": TYPED}).text
    assert reverse("support:customer-deliveries", args=[subscriber.pk]) in page
    assert f"{BEFORE}</a>" in page
    assert "Kept as it was written once" in page
    assert "Kept as it was written once" not in client.get(reverse("support:home"), {"q": BEFORE}).text


@pytest.mark.django_db
@pytest.mark.parametrize("is_erased", [True, False])
def test_an_import_brings_nobody_back_who_had_said_no_under_the_earlier_spelling(tmp_path, is_erased):
    a_subscriber(BEFORE, unsubscribed_at=timezone.now())
    if is_erased:
        erasing.erase(Address(Channel.EMAIL, BEFORE), by=None, at=timezone.now())
        assert ErasedAddress.objects.exists()
    file = tmp_path / "old.csv"
    file.write_text(f"channel,address,components,confirmed_at,consent\nemail,{TYPED},,2024-05-03,shop\n")
    run("import_subscribers", str(file))
    assert not Subscriber.objects.filter(address=TODAY).exists()


@pytest.mark.django_db
def test_the_check_lists_what_nobody_can_have_typed_and_namesakes():
    for address in ("a@example.com", "b@business.example", "c@xn--mnchen-3ya.example", BEFORE, TODAY):
        a_subscriber(address)
    a_subscriber("+4915112345678", channel="sms")
    a_subscriber(SNOW)
    Suppression.objects.create(channel="email", address="\u017fales@example.com", reason="550")
    code, said = run("check_addresses")
    assert code == 1
    assert [line.split(":")[0] for line in said.splitlines()[:-1]] == [BEFORE, SNOW, "\u017fales@example.com"]
    assert f"{BEFORE}: {TODAY}, which was written so once, is kept too" in said
    assert said.splitlines()[-1].startswith("3 to look at.")


@pytest.mark.django_db
def test_the_check_finds_nothing_where_all_is_well():
    a_subscriber("a@example.com")
    assert run("check_addresses") == (0, "Every address can be what somebody typed.\n")
