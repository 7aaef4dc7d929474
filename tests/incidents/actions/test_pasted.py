"""Components that are pasted as a list."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from incidents.actions import pasted
from incidents.models import AuditEvent, Component, ComponentGroup
from tests.factories import a_component

pytestmark = pytest.mark.django_db
LIST = """\
Site | The whole of it

Shop:
- Storefront | What customers browse
- Checkout
# Payments
  * Card payments
"""


def add(text: str) -> int:
    return pasted.add(pasted.read(text), by=None, at=timezone.now())


def rows() -> list[tuple]:
    return list(Component.objects.in_order().values_list("group__name", "name", "description"))


def test_groups_components_and_descriptions_in_their_order():
    assert add(LIST) == 4
    assert rows() == [
        ("Shop", "Storefront", "What customers browse"),
        ("Shop", "Checkout", ""),
        ("Payments", "Card payments", ""),
        (None, "Site", "The whole of it"),
    ]


def test_twice_adds_nothing():
    add(LIST)
    assert add(LIST) == 0
    assert Component.objects.count() == 4
    assert ComponentGroup.objects.count() == 2


def test_what_is_there_stays_as_it_is_and_is_said():
    a_component("Checkout", description="Ours", group=ComponentGroup.objects.create(name="Shop"))
    plan = pasted.read("Shop:\nCheckout | Theirs\nCart")
    assert plan[0].known == {"Checkout"}
    pasted.add(plan, by=None, at=timezone.now())
    assert rows() == [("Shop", "Checkout", "Ours"), ("Shop", "Cart", "")]


def test_one_name_may_stand_in_two_groups():
    assert add("A:\nAPI\nB:\nAPI") == 2


def test_a_group_that_comes_again_goes_on():
    add("A:\none\nB:\ntwo\nA:\nthree")
    assert [(group, name) for group, name, _ in rows()] == [("A", "one"), ("A", "three"), ("B", "two")]


def test_every_component_stands_in_the_audit():
    add(LIST)
    assert AuditEvent.objects.filter(action="added component").count() == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Shop:", "No component"),
        (" \n-\n", "No component"),
        ("Checkout\nCheckout", "Line 2: “Checkout” stands there twice"),
        ("x" * 256, "Line 1:"),
        ("Check\u202eout", "Line 1:"),
        ("A | " + "x" * 1001, "Line 1: a description"),
        ("| only words", "Line 1:"),
        (":\nA", "Line 1:"),
        ("\n".join(map(str, range(501))), "These are 501 components"),
    ],
)
def test_what_cannot_be_taken_is_said_by_its_line(text, said):
    with pytest.raises(ValidationError) as refused:
        pasted.read(text)
    assert said in " ".join(refused.value.messages)


def test_of_many_faults_the_first_ten_are_said_and_how_many_more():
    with pytest.raises(ValidationError) as refused:
        pasted.read("\n".join(["A"] + ["A"] * 30))
    assert len(refused.value.messages) == 11
    assert refused.value.messages[-1] == "And 20 more."
