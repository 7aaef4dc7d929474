from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.db import connection
from django.utils import timezone

from incidents.models import AuditEvent, ComponentGroup, Site
from subscribers.addresses import Address
from subscribers.delivery.audience import audience
from subscribers.enums import Channel
from subscribers.models import Delivery, Subscriber, Subscription, Suppression
from subscribers.people import erasing, importing
from subscribers.people.import_format import BadFile
from subscribers.people.importing import Tally, import_subscribers
from subscribers.support import linking
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
HEADER = "channel,address,components,confirmed_at,source of consent"
LONG_AGO = "2024-05-03T10:00:00Z"


def imported(*rows: str, header=HEADER, encoding="utf-8", **kwargs) -> Tally:
    """What became of `rows`; refused ones are in its `said`."""
    tally = Tally()
    tally.said = {}
    file = BytesIO("\r\n".join([header, *rows]).encode(encoding))
    import_subscribers(
        file, tally, name="old.csv", by=None, at=timezone.now(), on_refused=tally.said.__setitem__, **kwargs
    )
    return tally


def a_row(
    address="ada@example.test", *, channel="email", components="", confirmed_at=LONG_AGO, consent="shop checkout"
):
    return f"{channel},{address},{components},{confirmed_at},{consent}"


def reason(row: str) -> str:
    tally = imported(row)
    assert not Subscriber.objects.exists()
    assert (tally.added, tally.refused, list(tally.said)) == (0, 1, [2])
    return tally.said[2]


def test_who_confirmed_elsewhere_hears_from_here():
    assert imported(a_row(" Ada@Example.TEST"), a_row("+49 151 12345678", channel="SMS")).added == 2
    ada, phone = Subscriber.objects.order_by("channel")
    assert (ada.address, phone.address) == ("ada@example.test", "+4915112345678")
    assert ada.confirmed_at == datetime(2024, 5, 3, 10, tzinfo=UTC)
    assert ada.consent_given_by == "imported: shop checkout"
    assert (ada.every_update, phone.every_update) == (True, False)  # as who signs up here and says nothing
    assert set(audience(component_ids=[a_component().pk])) == {ada, phone}
    assert not Delivery.objects.exists()
    assert links_work_for(ada)


def links_work_for(subscriber) -> bool:
    return subscriber.link_version == 1 and subscriber.created_at <= timezone.now()


def test_chosen_components_by_name_group_and_id():
    shop = ComponentGroup.objects.create(name="Shop")
    payments, search = a_component("Payments"), a_component("Search", group=shop)
    a_component("Search")
    assert imported(a_row(components=f"payments; Shop/Search;{payments.public_id}")).added == 1
    assert set(Subscriber.objects.get().components.all()) == {payments, search}
    assert not Subscriber.objects.get().everything


def test_a_second_time_changes_nothing():
    a_component("Payments")
    rows = [a_row(f"reader{number}@example.test", components="Payments") for number in range(3)]
    imported(*rows)
    before = list(Subscriber.objects.values()), list(Subscription.objects.values())
    again = imported(*rows)
    assert (again.added, again.unchanged, again.lines) == (0, 3, 3)
    assert (list(Subscriber.objects.values()), list(Subscription.objects.values())) == before
    assert AuditEvent.objects.filter(action="imported subscribers").count() == 1


def test_what_somebody_chose_here_stays():
    payments = a_component("Payments")
    ada = a_subscriber("ada@example.test", everything=False)
    Subscription.objects.create(subscriber=ada, component=payments)
    assert imported(a_row()).unchanged == 1
    ada.refresh_from_db()
    assert (ada.everything, ada.consent) == (False, "")


def test_one_address_twice_is_one_subscriber():
    tally = imported(a_row(), a_row("ADA@example.test"))
    assert (tally.added, tally.unchanged) == (1, 1)


def test_who_is_known_without_consent_has_it_now():
    incident = an_open_incident(a_component("Payments")).incident
    linking.link_customer(incident=incident, name="Ada", contact="ada@example.test", by=None, at=timezone.now())
    assert imported(a_row(components="Payments")).confirmed == 1
    ada = Subscriber.objects.get()
    assert ada.is_active
    assert [one.name for one in ada.components.all()] == ["Payments"]


def test_who_took_their_word_back_stays_silent():
    a_subscriber("left@example.test", unsubscribed_at=timezone.now())
    Suppression.objects.create(channel="email", address="gone@example.test", reason="550")
    for address, never_again in (("never@example.test", True), ("erased@example.test", False)):
        a_subscriber(address, unsubscribed_at=timezone.now())
        erasing.erase(Address(Channel.EMAIL, address), by=None, at=timezone.now(), never_again=never_again)
    names = ("left", "gone", "never", "erased")
    tally = imported(*(a_row(f"{name}@example.test") for name in names))
    assert (tally.added, tally.unsubscribed, tally.suppressed) == (0, 2, 2)
    assert not Subscriber.objects.active().exists()
    assert Subscriber.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (a_row(confirmed_at=""), "without a confirmed consent nobody is written to"),
        (a_row(confirmed_at="yesterday"), "must look like 2026-03-01T09:30:00Z, not “yesterday”"),
        (a_row(confirmed_at="2999-01-01"), "in the future"),
        (a_row(confirmed_at="0001-01-01"), "before 1990"),
        (a_row("ada"), "should look like name@example.com"),
        (a_row(""), "Write an e-mail address"),
        (a_row("a\u202eda@example.test"), "invisible character U+202E"),
        (a_row("0151 1234", channel="sms"), "Begin with + and the country code"),
        (a_row(channel="pager"), "must be email or sms, not “pager”"),
        (a_row(channel=""), "must be email or sms"),
        (a_row(components="Nothing"), "no public component “Nothing”"),
        (a_row(consent="x" * 201), "has 201 characters; 200 are kept"),
        (a_row(consent="a\x0bb"), "invisible character U+000B"),
        (a_row(consent="\0"), "invisible character U+0000"),
        ("email,ada@example.test", "2 columns; the first line names 5"),
        (a_row() + ",more", "6 columns; the first line names 5"),
        (a_row(consent='"open'), "Check its quotation marks"),
        (a_row(consent="x" * 30_000), "longer than 20,000 bytes"),
    ],
)
def test_a_bad_line_is_refused_in_words(row, words):
    assert words in reason(row)


def test_a_line_that_is_not_utf8_is_refused_and_the_rest_goes_in():
    file = b"\n".join([HEADER.encode(), a_row("b\xe4r@example.test").encode("latin-1"), a_row().encode(), b""])
    said = {}
    tally = Tally()
    import_subscribers(BytesIO(file), tally, name="x", by=None, at=timezone.now(), on_refused=said.__setitem__)
    assert (tally.added, said) == (1, {2: "It is not UTF-8."})


def test_lines_are_counted_as_an_editor_does():
    tally = imported("", a_row("x"), a_row(consent='"open'), a_row())
    assert (tally.added, list(tally.said)) == (1, [3, 4])


def test_private_components_and_names_of_several_are_refused():
    a_component("Secret", is_public=False)
    a_component("Search")
    a_component("Search", group=ComponentGroup.objects.create(name="Shop"))
    tally = imported(a_row(components="Secret"), a_row(components="Search"))
    assert "no public component" in tally.said[2]
    assert "2 components are called “Search”; write GROUP/NAME or the id" in tally.said[3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_the_header(encoding):
    assert imported(a_row(), encoding=encoding).added == 1


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("channel,address,components,confirmed_at", "consent is not among them"),
        ("channel;address;components;confirmed_at;consent", "with commas"),
        ("channel,address,address,components,confirmed_at,consent", "address is there twice"),
        ("", "The file is empty"),
    ],
)
def test_a_header_that_does_not_name_the_columns_is_refused_whole(header, words):
    with pytest.raises(BadFile, match=words):
        imported(header=header)


def test_utf16_is_named():
    with pytest.raises(BadFile, match="UTF-16"):
        imported(encoding="utf-16")


def test_columns_may_stand_in_any_order_with_others_among_them():
    tally = imported(
        f"{LONG_AGO},ada@example.test,x,email,shop,", header="Confirmed_at,address,note,CHANNEL,consent,components"
    )
    assert (tally.added, tally.passed_over) == (1, ["note"])


def test_a_time_without_a_zone_is_the_pages():
    Site.load()
    Site.objects.update(time_zone="Asia/Tokyo")
    imported(a_row(confirmed_at="2024-05-03 09:00"))
    assert Subscriber.objects.get().confirmed_at == datetime(2024, 5, 3, 0, tzinfo=UTC)


def test_without_a_source_the_file_is_the_source():
    imported(a_row(consent=""))
    assert Subscriber.objects.get().consent_given_by == "imported: imported from old.csv"


def test_a_dry_run_counts_and_writes_nothing():
    assert imported(a_row(), dry_run=True).added == 1
    assert not Subscriber.objects.exists()
    assert not AuditEvent.objects.exists()


def test_what_is_interrupted_left_whole_batches_and_goes_on(monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    rows = [a_row(f"reader{number}@example.test") for number in range(5)]

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imported(*rows, after_batch=interrupted)
    assert Subscriber.objects.count() == 2
    assert AuditEvent.objects.get().detail["added"] == 2
    again = imported(*rows)
    assert (again.added, again.unchanged) == (3, 2)


def test_the_statements_do_not_grow_with_the_rows(django_assert_max_num_queries):
    rows = [a_row(f"reader{number}@example.test") for number in range(500)]
    most = 14 if connection.vendor == "postgresql" else 600
    with django_assert_max_num_queries(most):
        imported(*rows)
