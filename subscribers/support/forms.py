"""The forms of support. The rules are the action's; a refused form comes back as it was typed."""

from django import forms


def _line(label: str, **attrs) -> forms.CharField:
    help_text = attrs.pop("help_text", "")
    # Kept as typed, spaces and all: the action trims, and says what is wrong.
    return forms.CharField(
        label=label, required=False, help_text=help_text, strip=False, widget=forms.TextInput(attrs=attrs)
    )


class _LinkForm(forms.Form):
    tell_latest = forms.BooleanField(label="Also send them the latest update now", required=False)


class CustomerForm(_LinkForm):
    """One customer."""

    name = _line("Name", autocomplete="off")
    contact = _line("E-mail or phone", autocomplete="off", help_text="One address. A number with its country code.")
    reference = _line("Reference", autocomplete="off", help_text="Your number for this customer, if there is one.")
    ticket_url = _line("Ticket address", inputmode="url", autocomplete="off", placeholder="https://")
    field_order = ("name", "contact", "reference", "ticket_url", "tell_latest")


class ListForm(_LinkForm):
    """A pasted list of many customers."""

    text = forms.CharField(
        label="One customer a line",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 7,
                "spellcheck": "false",
                "autocomplete": "off",
                "placeholder": "Ada Ltd\tada@example.com\tC-1042\thttps://tickets.example.com/1042",
            }
        ),
    )
    field_order = ("text", "tell_latest")
