"""Support is shown what went out on that channel, to that person; and what never went out is not shown as told."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from incidents.actions import bulletins, editing, publishing, recalling
from subscribers import links
from subscribers.channels.composing import compose
from subscribers.delivery import dispatch, fanout, retention
from subscribers.enums import DeliveryState
from subscribers.models import AffectedCustomer, Delivery, Subscriber
from subscribers.support.linking import link_customer
from tests.factories import a_bulletin, a_subscriber, an_open_incident

BODY = "We are **looking** into it, says the page."
HTMX = {"HX-Request": "true"}
NOT_SENT = "What the page says; not sent to them"


def linked(incident, contact) -> Subscriber:
    link_customer(incident=incident, name=f"Customer {contact}", contact=contact, by=None, at=timezone.now())
    return AffectedCustomer.objects.get(incident=incident, subscriber__address=contact.replace(" ", "")).subscriber


def told(incident, *contacts, state=DeliveryState.SENT) -> list[Subscriber]:
    """Linked customers, and an update that went out to them since."""
    people = [linked(incident, contact) for contact in contacts]
    publishing.post_update(incident=incident, status="mitigating", body=BODY, by=None, at=timezone.now())
    fanout.expand(incident.announcements.first())
    Delivery.objects.filter(subscriber__in=people).update(state=state, sent_at=timezone.now())
    return people


def page_of(client, who):
    return client.get(reverse("support:customer-deliveries", args=[who.pk]))


def words_of(client, who, **kwargs):
    return client.get(reverse("support:told", args=[who.pk, who.deliveries.get().pk]), **kwargs)


def shown(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", answer.text)).split())


def test_an_sms_customer_is_shown_with_the_sms_and_not_with_the_page(support, incident):
    (phone,) = told(incident, "+4915112345678")
    row = phone.deliveries.get()
    sent = compose(row.announcement, row.channel).to(row).text
    answer = words_of(support, phone, headers=HTMX)
    assert sent.partition(" http")[0] in shown(answer)
    assertNotContains(answer, "says the page")
    assertContains(answer, "segment")


def test_a_mail_customer_is_shown_with_the_mail(support, incident):
    (ada,) = told(incident, "ada@example.com")
    text = shown(words_of(support, ada, headers=HTMX))
    assert "Subject [Mitigating] Card payments fail" in text
    assert "Partial outage: Payments." in text
    assert "says the page" in text
    assert "our support team linked you to this incident" in text


def test_who_gets_mail_and_sms_is_shown_with_each_on_its_own_page(support, incident):
    ada, phone = told(incident, "ada@example.com", "+4915112345678")
    assertContains(words_of(support, ada), "says the page")
    assertNotContains(words_of(support, phone), "says the page")
    assert words_of(support, ada).text.count("<html") == 1


@pytest.mark.parametrize("contact", ["ada@example.com", "+4915112345678"])
def test_no_link_that_acts_for_the_customer_is_shown(support, incident, contact):
    (who,) = told(incident, contact)
    for answer in (words_of(support, who), page_of(support, who)):
        assertNotContains(answer, links.subscription_token(who))


def test_support_sees_the_words_of_nobody_whom_it_may_not_look_at(support, incident):
    (ada,) = told(incident, "ada@example.com")
    stranger = a_subscriber("carl@example.com")
    fanout.expand(an_open_incident().announcement)
    row = stranger.deliveries.get()
    for pk in (stranger.pk, ada.pk, 10**30):
        assert support.get(reverse("support:told", args=[pk, row.pk])).status_code == 404


def test_the_page_of_a_customer_leads_to_the_words_with_and_without_a_script(support, incident):
    (ada,) = told(incident, "ada@example.com")
    address = reverse("support:told", args=[ada.pk, ada.deliveries.get().pk])
    page = page_of(support, ada).text
    assert re.search(rf'hx-get="{address}[^"]*" hx-trigger="load"', page)
    assert f'href="{address}' in page


@pytest.mark.parametrize(
    ("state", "heading"),
    [
        ("sent", "What it says"),
        ("delivered", "What it says"),
        ("queued", "What it is going to say"),
        ("failed", "What it was to say"),
        ("bounced", "What it was to say"),
        ("unknown", "What it was to say"),
    ],
)
def test_the_words_are_called_by_what_became_of_them(support, incident, state, heading):
    (ada,) = told(incident, "ada@example.com", state=state)
    assertContains(page_of(support, ada), f"<summary>{heading}</summary>")


def test_what_was_recalled_before_it_went_out_is_not_shown_as_told(support, incident):
    (ada,) = told(incident, "ada@example.com", state=DeliveryState.QUEUED)
    recalling.recall(announcement=incident.announcements.first(), reason="Wrong.", by=None, at=timezone.now())
    waiting = page_of(support, ada)
    Delivery.objects.update(state=DeliveryState.SKIPPED, reason="recalled", sent_at=None)
    for answer in (waiting, page_of(support, ada)):
        assertContains(answer, NOT_SENT)
        assertNotContains(answer, "hx-trigger")
    assert words_of(support, ada).status_code == 404


def test_what_was_recalled_after_it_went_out_is_marked(support, incident):
    (ada,) = told(incident, "ada@example.com")
    wrong = incident.announcements.first()
    recalling.recall(announcement=wrong, reason="Wrong.", by=None, at=timezone.now())
    publishing.post_update(
        incident=incident, status="mitigating", body="Right.", by=None, at=timezone.now(), corrects=wrong
    )
    text = shown(page_of(support, ada))
    assert "Mitigating Withdrawn " in text
    assert "Mitigating Correction of " in text


def test_what_was_skipped_or_never_listed_is_not_shown_as_told(support, incident):
    (ada,) = told(incident, "ada@example.com", state=DeliveryState.SKIPPED)
    page = page_of(support, ada).text
    assert page.count(NOT_SENT) == 2  # the skipped one, and the one from before they were linked
    assert "What it says" not in page


def test_what_is_folded_is_not_shown_as_told(support, incident, settings):
    settings.DELIVERY_RETENTION_DAYS = 30
    (ada,) = told(incident, "ada@example.com")
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=timezone.now())
    for announcement in incident.announcements.all():
        fanout.expand(announcement)
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=timezone.now())
    assert retention.roll_up(timezone.now() + timedelta(days=60)).deliveries
    answer = page_of(support, ada)
    assertContains(answer, "only the numbers are kept")
    assertNotContains(answer, "What it says")


def test_what_an_update_took_the_place_of_stays_what_it_said_when_it_went_out(support, incident):
    (ada,) = told(incident, "ada@example.com")
    before = shown(words_of(support, ada))
    assert "It takes the place of our update of" in before
    first = incident.announcements.last()
    recalling.recall(announcement=first, reason="Wrong.", by=None, at=timezone.now())
    assert shown(words_of(support, ada)) == before


def test_the_page_asks_as_many_queries_for_ten_updates_as_for_one(support, incident, django_assert_max_num_queries):
    (ada,) = told(incident, "ada@example.com")
    with django_assert_max_num_queries(30) as few:
        page_of(support, ada)
    for number in range(9):
        publishing.post_update(incident=incident, status="mitigating", body=f"{number}.", by=None, at=timezone.now())
        fanout.expand(incident.announcements.first())
    with django_assert_max_num_queries(len(few)):
        page_of(support, ada)


def correct(wrong, **kwargs):
    """What puts a recalled announcement right."""
    recalling.recall(announcement=wrong, reason="Wrong.", by=None, at=timezone.now())
    values = {"incident": wrong.incident, "status": "mitigating", "body": "Right.", "by": None, "at": timezone.now()}
    return publishing.post_update(corrects=wrong, **values | kwargs).announcement


def test_the_words_themselves_are_shown_with_the_mark(support, incident):
    (ada,) = told(incident, "ada@example.com")
    assert "Withdrawn" not in shown(words_of(support, ada, headers=HTMX))
    recalling.recall(announcement=incident.announcements.first(), reason="Wrong.", by=None, at=timezone.now())
    for kwargs in ({}, {"headers": HTMX}):
        assert "Withdrawn " in shown(words_of(support, ada, **kwargs))


def answer_of(client, incident):
    return client.get(reverse("support:customers", args=[incident.public_id]))


def test_the_words_for_an_answer_are_those_that_hold_and_say_that_others_were_withdrawn(support, incident):
    told(incident, "ada@example.com")
    recalling.recall(announcement=incident.announcements.first(), reason="Wrong.", by=None, at=timezone.now())
    page = answer_of(support, incident)
    assert "says the page" not in page.context["words"]
    assert "Withdrawn " in shown(page)
    assert "the words below do" in shown(page)


def test_a_correction_is_copied_for_an_answer_with_its_mark(support, incident):
    told(incident, "ada@example.com")
    wrong = incident.announcements.first()
    correct(wrong)
    text = answer_of(support, incident).context["words"]
    assert text.startswith(f"Correction of {wrong.published_at:%H:%M} UTC")
    assert "Right." in text


def test_where_everything_was_withdrawn_there_are_no_words_to_pass_on(support, incident):
    for announcement in incident.announcements.all():
        recalling.recall(announcement=announcement, reason="Wrong.", by=None, at=timezone.now())
    page = answer_of(support, incident)
    assert "Until it is corrected there are no approved words to pass on." in shown(page)
    assert page.context["words"] is None


def test_what_was_withdrawn_is_not_sent_to_those_who_lack_it(support, incident):
    told(incident, "ada@example.com")
    recalling.recall(announcement=incident.announcements.first(), reason="Wrong.", by=None, at=timezone.now())
    late = linked(incident, "eve@example.com")
    assert answer_of(support, incident).context["lacking"] == 1  # who had the wrong words goes by their correction
    support.post(reverse("support:latest-update", args=[incident.public_id]))
    assert [row.announcement for row in late.deliveries.all()] == [incident.announcements.last()]
    assert Delivery.objects.count() == 2


def test_the_list_of_customers_marks_a_last_notice_that_was_withdrawn(support, incident):
    told(incident, "ada@example.com")
    wrong = incident.announcements.first()
    assert "Withdrawn" not in shown(answer_of(support, incident))
    recalling.recall(announcement=wrong, reason="Wrong.", by=None, at=timezone.now())
    assert answer_of(support, incident).text.count("Withdrawn ") == 2  # there, and above the words that hold


def edit(announcement, body):
    editing.edit_words(update=announcement.update, body=body, by=None, at=timezone.now())


def test_what_was_edited_since_stays_what_they_were_told_with_the_mark(support, incident):
    (ada,) = told(incident, "ada@example.com")
    edit(incident.announcements.first(), "Other words.")
    answer = shown(words_of(support, ada, headers=HTMX))
    assert "We are looking into it, says the page." in answer
    assert "Other words." not in answer
    assert answer.startswith("Edited ")
    assert "Mitigating Edited " in shown(page_of(support, ada))


def test_the_words_for_an_answer_are_those_that_the_page_has_now(support, incident):
    edit(incident.announcements.first(), "Card payments fail for Visa.")
    words = answer_of(support, incident).context["words"]
    assert "Card payments fail for Visa." in words
    assert "Edited" not in words  # that is nothing to tell a customer


def test_the_words_for_an_answer_are_the_newest_and_not_the_last_that_were_written(support, incident):
    told(incident, "ada@example.com")
    about = {"body": "Visa was first.", "display_at": incident.started_at + timedelta(microseconds=1)}
    publishing.post_update(incident=incident, status="identified", by=None, at=timezone.now(), **about)
    assert "Visa was first." not in answer_of(support, incident).context["words"]


def test_an_announcement_to_everyone_is_named_and_its_words_are_shown(support, smtp_sink):
    person = a_subscriber("reader@example.test")
    bulletin = a_bulletin("We close on Christmas day", body="Back on **27 December**.", tell=True)
    dispatch.dispatch()
    AffectedCustomer.objects.create(incident=an_open_incident().incident, subscriber=person, name="Fern")
    screen = support.get(reverse("support:customer-deliveries", args=[person.pk])).text
    assert "Announcement: <bdi>We close on Christmas day</bdi>" in screen
    assert "Asked to confirm" not in screen
    words = reverse("support:told", args=[person.pk, person.deliveries.get().pk])
    assert "Back on 27 December." in support.get(words).text
    bulletins.withdraw(bulletin=bulletin, reason="It was wrong.", by=None, at=timezone.now())
    assert "Withdrawn" in support.get(words).text
