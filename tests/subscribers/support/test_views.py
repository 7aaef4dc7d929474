"""Support links customers and sees what each was told."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from incidents.actions import merging, publishing, scheduling
from subscribers.delivery import fanout
from subscribers.models import AffectedCustomer, Delivery, Suppression
from subscribers.support import linking as actions
from tests.factories import a_subscriber, an_open_incident

ADA = {"name": "Ada Ltd", "contact": "ada@example.com", "reference": "C-1", "ticket_url": "https://t.example.com/1"}


@pytest.fixture
def here(incident):
    return reverse("support:customers", args=[incident.public_id])


@pytest.fixture
def paste(incident):
    return reverse("support:customer-list", args=[incident.public_id])


def link(incident, *contacts, **kwargs):
    lines = "\n".join(f"Customer {contact.split('@')[0]},{contact}" for contact in contacts)
    actions.link_customers(incident=incident, text=lines, by=None, at=timezone.now(), **kwargs)


def test_who_is_linked_to_what_was_merged_is_linked_to_what_goes_on(support, incident, here):
    other = an_open_incident(title="Checkout is down").incident
    merging.merge(incident=incident, into=other, body="Both are one.", by=None, at=timezone.now())
    there = reverse("support:customers", args=[other.public_id])
    assertRedirects(support.post(here, ADA), there)
    assert AffectedCustomer.objects.get().incident == other
    assertContains(support.get(here), "Checkout is down")


def test_support_links_a_customer_who_is_sent_the_latest_update_at_once(support, incident, here):
    answer = support.post(here, ADA | {"tell_latest": "on"}, follow=True)
    assertRedirects(answer, here)
    assertContains(answer, "1 customer linked. The latest update is on its way to 1.")
    assertContains(answer, "ada@<wbr>example.com")
    assert Delivery.objects.get().announcement == incident.announcements.get()


def test_without_the_tick_they_hear_from_the_next_update_on(support, here):
    answer = support.post(here, ADA, follow=True)
    assertContains(answer, "They hear from the next update on.")
    assertContains(answer, "From the next update on")
    assert not Delivery.objects.exists()


def test_the_tick_is_set_while_the_incident_is_open(support, incident, here):
    ticked = re.compile(r'name="tell_latest"[^>]* checked')
    assert len(ticked.findall(support.get(here).text)) == 2
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=timezone.now())
    assert not ticked.findall(support.get(here).text)


def test_a_refused_form_comes_back_as_it_was_typed(support, here):
    typed = ADA | {"name": " <b>Ada</b> ", "contact": "a@example.com, b@example.com", "ticket_url": "www.example.com"}
    answer = support.post(here, typed)
    assert answer.status_code == 422
    for text in typed.values():
        assertContains(answer, f'value="{text}"'.replace("<", "&lt;").replace("b>", "b&gt;"), status_code=422)
    assertContains(answer, "Write one address alone", status_code=422)
    assertContains(answer, "beginning with https://", status_code=422)
    assert not AffectedCustomer.objects.exists()


@pytest.mark.parametrize("field", ["name", "contact", "reference", "ticket_url"])
@pytest.mark.parametrize("text", ["a\x0bb", "a\u202eb", "a\0b", "x" * 600])
def test_hidden_characters_and_endless_text_are_refused_beside_the_field(support, here, field, text):
    answer = support.post(here, ADA | {field: text})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_a_customer_who_is_linked_already_is_said_so(support, incident, here):
    link(incident, "ada@example.com")
    answer = support.post(here, ADA)
    assertContains(answer, "linked to this incident already", status_code=422)


def test_a_list_is_shown_as_understood_before_anything_is_linked(support, incident, paste):
    link(incident, "old@example.com")
    text = "Name\tE-mail\nAda\tada@example.com\nOld\told@example.com\nBob\tbob@"
    answer = support.post(paste, {"text": text})
    assertContains(answer, "Link 1 customer</button>")
    assertContains(answer, "Linked already.")
    assertContains(answer, "1 line to mend")
    assert text in answer.text.replace("\r\n", "\n")
    assert AffectedCustomer.objects.count() == 1


def test_linking_a_list_keeps_what_is_refused_in_the_field(support, paste):
    answer = support.post(paste, {"text": "Ada\tada@example.com\nBob\tbob@", "link": "1", "tell_latest": "on"})
    assert answer.status_code == 422
    assertContains(answer, "1 customer linked", status_code=422)
    assert answer.context["form"]["text"].value() == "Bob\tbob@"
    assert answer.context["form"]["tell_latest"].value() is True


def test_linking_a_list_without_fault_leads_back_to_the_customers(support, here, paste):
    answer = support.post(paste, {"text": "Ada\tada@example.com\nBob\t+49 151 12345678", "link": "1"}, follow=True)
    assertRedirects(answer, here)
    assert AffectedCustomer.objects.count() == 2


@pytest.mark.parametrize("text", ["", " \n\t\n", "Name,E-mail", ";;;", "\x85\u2028", "a\0b"])
def test_a_list_that_says_nothing_links_nobody(support, paste, text):
    assert support.post(paste, {"text": text, "link": "1"}).status_code in (200, 302, 422)
    assert not AffectedCustomer.objects.exists()


def test_who_will_not_be_written_to_is_said_in_words_before_and_after(support, here, paste):
    a_subscriber("left@example.com", unsubscribed_at=timezone.now())
    Suppression.objects.create(channel="email", address="dead@example.com", reason="550 no such user")
    text = "left@example.com\ndead@example.com"
    checked = support.post(paste, {"text": text})
    linked = support.post(paste, {"text": text, "link": "1", "tell_latest": "on"}, follow=True)
    for answer in (checked, linked):
        assertContains(answer, "They unsubscribed on")
        assertContains(answer, "We must not write to this address: 550 no such user.")
    assertContains(linked, "2 customers of them will not be written to")
    assert not Delivery.objects.exists()


def test_each_row_says_what_was_sent_last_and_why_not(support, incident, here):
    link(incident, "sent@example.com", "failed@example.com", "waits@example.com", tell_latest=True)
    rows = Delivery.objects.all()
    rows.filter(subscriber__address="sent@example.com").update(state="sent", sent_at=timezone.now())
    rows.filter(subscriber__address="failed@example.com").update(state="failed", reason="550 no such user")
    answer = support.get(here)
    for words in ("Sent", "550 no such user", "It goes out in a moment."):
        assertContains(answer, words)


def test_the_table_is_found_filtered_and_sorted_by_the_address_bar(support, incident, here):
    link(incident, "ada@example.com", "bob@example.com")
    link(incident, "cy@example.com", tell_latest=True)

    def names(query):
        return re.findall(r"roster__name[^>]*><bdi>Customer (\w+)<", support.get(here + query).text)

    assert names("") == ["ada", "bob", "cy"]
    assert names("?sort=-name") == ["cy", "bob", "ada"]
    assert names("?q=BOB@") == ["bob"]
    assert names("?show=waiting") == ["cy"]
    assert names("?show=next&sort=-contact") == ["bob", "ada"]
    assert names("?q=%00&show=nonsense&sort=pk&page=99") == ["ada", "bob", "cy"]


def test_the_fragment_is_what_the_page_includes(support, incident, here):
    link(incident, "ada@example.com", "bob@example.com")
    query = "?q=ada&sort=-name"
    fragment = support.get(here + query, headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert fragment.strip() in support.get(here + query).text


def test_pages_of_fifty(support, incident, here):
    link(incident, *(f"c{number:03}@example.com" for number in range(60)))
    assertContains(support.get(here), "1 to 50 of 60")
    answer = support.get(here + "?page=2&sort=name")
    assertContains(answer, "51 to 60 of 60")
    assertContains(answer, "Customer c059")


def test_an_empty_list_says_what_linking_does(support, here):
    assertContains(support.get(here), "Nobody is linked yet")


def test_unlinking_asks_and_then_acts(support, incident, here):
    link(incident, "ada@example.com")
    address = reverse("support:unlink", args=[incident.public_id, AffectedCustomer.objects.get().pk])
    assertContains(support.get(address), "hears no further update")
    assert AffectedCustomer.objects.exists()
    assertRedirects(support.post(address), here)
    assert not AffectedCustomer.objects.exists()


def test_the_approved_words_can_be_copied(support, incident, here):
    answer = support.get(here)
    assert answer.context["words"].startswith("Card payments fail (Investigating, ")
    assert "Some card payments fail. We are looking into it." in answer.context["words"]
    assert answer.context["words"].endswith(incident.get_public_url())


def test_whoever_lacks_the_latest_update_can_be_sent_it(support, incident, here):
    link(incident, "ada@example.com", "bob@example.com")
    assertContains(support.get(here), "Send it to 2 linked customers without it")
    support.post(reverse("support:latest-update", args=[incident.public_id]))
    assert Delivery.objects.count() == 2
    assertNotContains(support.get(here), "Send it to")


def test_one_customer_can_be_sent_it_and_nobody_is_led_elsewhere(support, incident, here):
    link(incident, "ada@example.com", "bob@example.com")
    address = reverse("support:latest-update", args=[incident.public_id])
    ada = AffectedCustomer.objects.get(subscriber__address="ada@example.com")
    assertRedirects(support.post(address, {"customer": ada.pk, "next": "9999-12-31T23:59"}), here)
    assert Delivery.objects.get().subscriber == ada.subscriber
    assert support.post(address, {"customer": "nobody"}).status_code == 404


def test_a_customer_page_tells_every_notice_and_what_was_not_sent(support, incident):
    other = an_open_incident(title="Search is slow").incident
    a_subscriber("ada@example.com")
    fanout.expand(other.announcements.get())
    Delivery.objects.update(state="sent", attempts=1, sent_at=timezone.now())
    actions.link_customer(
        incident=incident, name="Ada Ltd", contact="ada@example.com", by=None, at=timezone.now() + timedelta(seconds=1)
    )
    publishing.post_update(incident=incident, status="mitigating", body="We *found* it.", by=None, at=timezone.now())
    fanout.expand(incident.announcements.first())
    Delivery.objects.filter(announcement__incident=incident).update(
        state="queued", attempts=2, reason="451 try later", possibly_doubled=True
    )
    answer = support.get(reverse("support:customer-deliveries", args=[AffectedCustomer.objects.get().subscriber_id]))
    for words in (
        "Ada Ltd",
        "451 try later. Next attempt",
        "2 attempts",
        "may have arrived twice",
        "What it is going to say",
        "What it says",
        "It was published before they were linked.",
        "Investigating: <bdi>Search is slow</bdi>",
        "The mail server took it.",
    ):
        assertContains(answer, words)


def test_a_customer_page_shows_nobody_else(support, incident):
    link(incident, "ada@example.com", "bob@example.com", tell_latest=True)
    ada = AffectedCustomer.objects.get(subscriber__address="ada@example.com")
    answer = support.get(reverse("support:customer-deliveries", args=[ada.subscriber_id]))
    assertContains(answer, "ada@example.com")
    assertNotContains(answer, "bob")


def test_the_search_finds_by_name_address_and_reference(support, incident):
    actions.link_customer(incident=incident, by=None, at=timezone.now(), **ADA)
    for text in ("ada l", "ADA@", "c-1"):
        assertContains(support.get(reverse("support:home"), {"q": text}), "Ada Ltd")
    assertContains(support.get(reverse("support:home"), {"q": "nobody\0"}), "Nobody found")


def test_a_subscriber_who_is_not_linked_is_found_by_the_whole_address_alone(support, db):
    a_subscriber("reader@example.com")
    assertContains(support.get(reverse("support:home"), {"q": "Reader@Example.com"}), "not linked to any incident")
    assertContains(support.get(reverse("support:home"), {"q": "reader@"}), "Nobody found")


def test_home_lists_incidents_first_and_planned_work_as_it_comes(support, incident):
    now = timezone.now()
    for days in (6, 3):
        window = {"scheduled_for": now + timedelta(days=days), "scheduled_until": now + timedelta(days=days, hours=1)}
        scheduling.schedule_maintenance(title=f"In {days}", body="We.", components=[], by=None, at=now, **window)
    an_open_incident(title="Newest")
    listed = support.get(reverse("support:home")).context["open"]
    assert [one.title for one in listed] == ["Newest", incident.title, "In 3", "In 6"]


def test_home_counts_the_customers_of_what_is_open(support, incident):
    link(incident, "ada@example.com", "bob@example.com")
    an_open_incident()
    answer = support.get(reverse("support:home"))
    assert [one.customers for one in answer.context["open"]] == [0, 2]


def test_the_list_takes_as_many_queries_for_fifty_as_for_two(support, incident, here, django_assert_max_num_queries):
    link(incident, *(f"c{number}@example.com" for number in range(2)), tell_latest=True)
    with django_assert_max_num_queries(25) as few:
        support.get(here)
    link(incident, *(f"d{number}@example.com" for number in range(48)), tell_latest=True)
    with django_assert_max_num_queries(len(few)) as many:
        support.get(here)
    assert len(many) == len(few)


def test_checking_a_long_list_takes_as_many_queries_as_a_short_one(support, paste, django_assert_max_num_queries):
    with django_assert_max_num_queries(25) as few:
        support.post(paste, {"text": "a@example.com"})
    with django_assert_max_num_queries(len(few)):
        support.post(paste, {"text": "\n".join(f"c{number}@example.com" for number in range(5_000))})
