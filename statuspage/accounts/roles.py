"""The two roles of the house. Kept by migrate: these groups hold exactly this; for another mix make another group."""

from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

LEAD = "Communications lead"
SUPPORT = "Support"

_READS_INCIDENTS = tuple(
    f"incidents.view_{model}"
    for model in (
        "announcement",
        "auditevent",
        "changefreeze",
        "component",
        "componentgroup",
        "incident",
        "incidenttemplate",
        "incidenttype",
        "incidentupdate",
        "maintenance",
        "templatecomponent",
        "templatestep",
    )
)
_READS_SUBSCRIBERS = tuple(
    f"subscribers.view_{model}"
    for model in ("affectedcustomer", "delivery", "heldsuppression", "incomingmessage", "subscriber", "suppression")
)
# She may write templates; that somebody else approves them (incidents.approve) is the point of approval.
_WRITES_TEMPLATES = (
    "incidents.add_incidenttemplate",
    "incidents.change_incidenttemplate",
    *(
        f"incidents.{act}_{model}"
        for act in ("add", "change", "delete")
        for model in ("templatecomponent", "templatestep")
    ),
)
ROLES = {
    LEAD: (
        "incidents.publish",
        "subscribers.link_customers",
        "subscribers.stop_deliveries",
        "subscribers.lift_suppressions",
        "subscribers.answer_messages",
        "subscribers.end_links",
        "subscribers.read_outbox",
        *_READS_INCIDENTS,
        *_READS_SUBSCRIBERS,
        *_WRITES_TEMPLATES,
    ),
    SUPPORT: (
        "incidents.view_incident",
        "subscribers.link_customers",
        *(f"subscribers.{act}_affectedcustomer" for act in ("view", "add", "change", "delete")),
    ),
}


def keep_roles(using: str = "default", apps=installed_apps, **kwargs) -> None:
    """Make the groups of ROLES and give each exactly its permissions. Safe to repeat; called after every migrate.

    `apps` is what the database holds now: after a migration back there may be no tables, and then there is no role.
    """
    if not _has_tables(apps):
        return
    for label in ("incidents", "subscribers"):  # their rows may not be there yet: receivers run in no fixed order
        create_permissions(installed_apps.get_app_config(label), verbosity=0, using=using)
    for role, names in ROLES.items():
        group, _ = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set(_permissions(names, using))


def _has_tables(apps) -> bool:
    try:
        for model in ("auth.Group", "incidents.Incident", "subscribers.Subscriber"):
            apps.get_model(model)
    except LookupError:
        return False
    return True


def _permissions(names: tuple[str, ...], using: str) -> list[Permission]:
    found = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using)
        .filter(content_type__app_label__in=("incidents", "subscribers"))
        .select_related("content_type")
    }
    return [found[name] for name in names]
