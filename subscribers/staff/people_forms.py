"""The forms about colleagues, and those of whoever is let in."""

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import Group

from statuspage.lib.form_fields import explain_passwords

from ..addresses import Address, normalise
from ..channels import registry


class RoleField(forms.ModelChoiceField):
    """A role; empty for an administrator, who may do everything."""

    def __init__(self, **kwargs):
        super().__init__(
            Group.objects.order_by("name"),
            required=False,
            empty_label="Administrator: everything, also accounts and settings",
            label="Role",
            **kwargs,
        )


class InviteForm(forms.Form):
    first_name = forms.CharField(max_length=150, label="First name", error_messages={"required": "Say who it is."})
    last_name = forms.CharField(max_length=150, label="Last name", required=False)
    address = forms.CharField(
        max_length=150,
        label="E-mail",
        widget=forms.EmailInput,
        help_text="The invitation goes there, and they log in with it.",
        error_messages={"required": "Write where the invitation goes."},
    )
    role = RoleField()

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        first = Group.objects.order_by("name").first()
        self.fields["role"].initial = first and first.pk  # the power over everybody is chosen, never the default

    def clean_address(self) -> Address:
        return normalise(self.cleaned_data["address"], registry.of_accounts())


class RoleForm(forms.Form):
    role = RoleField()


class PasswordForm(SetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        explain_passwords(self, "new_password1", "new_password2")


class ForgottenForm(forms.Form):
    name = forms.CharField(
        max_length=254,
        label="User name or e-mail",
        error_messages={"required": "Write the name that you log in with, or your address."},
    )
