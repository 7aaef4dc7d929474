"""The members of staff who may be the owner of an incident: whoever may publish."""

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet


def may_own() -> QuerySet[User]:
    """Return them by name."""
    return User.objects.with_perm("incidents.publish").filter(is_staff=True).order_by("first_name", "username")


def why_no_owner(user: User) -> str:
    """Return why `user` may own nothing, in words; empty for whoever may publish."""
    may = may_own().filter(pk=user.pk).exists()
    return "" if may else f"{user.get_username()} may not publish. Choose somebody who may."


def refuse_who_may_not_own(user: User) -> None:
    """Raises ValidationError for the field `owner` where `user` may not publish."""
    if problem := why_no_owner(user):
        raise ValidationError({"owner": problem})
