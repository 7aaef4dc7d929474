import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from statuspage.accounts.roles import LEAD, ROLES, SUPPORT, keep_roles
from tests.factories import a_user

pytestmark = pytest.mark.django_db


def a_member(role):
    user = a_user()
    user.groups.add(Group.objects.get(name=role))
    return user


def test_migrate_leaves_each_role_with_exactly_its_permissions():
    for role, names in ROLES.items():
        assert a_member(role).get_all_permissions() == set(names)


def test_the_lead_publishes_and_links_but_does_not_approve_words_of_her_own():
    lead = a_member(LEAD)
    assert lead.has_perms(["incidents.publish", "subscribers.link_customers", "incidents.change_incidenttemplate"])
    assert not lead.has_perm("incidents.approve")
    assert not lead.has_perm("incidents.change_component")


def test_support_links_customers_and_cannot_publish():
    support = a_member(SUPPORT)
    assert support.has_perms(["subscribers.link_customers", "subscribers.add_affectedcustomer"])
    assert not support.has_perm("incidents.publish")
    assert not support.has_perm("subscribers.view_subscriber")


def test_a_role_is_put_right_again_and_its_members_stay():
    support = a_member(SUPPORT)
    group = Group.objects.get(name=SUPPORT)
    group.permissions.add(Permission.objects.get(codename="publish"))
    keep_roles()
    keep_roles()
    assert support.get_all_permissions() == set(ROLES[SUPPORT])
    assert Group.objects.count() == len(ROLES)


@pytest.mark.django_db(transaction=True)
def test_subscribers_can_be_migrated_away_and_back():
    call_command("migrate", "subscribers", "zero", verbosity=0)
    call_command("migrate", verbosity=0)
    assert Group.objects.get(name=SUPPORT).permissions.filter(codename="link_customers").exists()
