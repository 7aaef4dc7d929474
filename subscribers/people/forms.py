"""The forms of what a subscriber may ask for. They work without JavaScript: what does not apply is ignored, not
lost."""

from itertools import groupby
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.models import Component
from statuspage.lib.form_fields import choices_of, field_of
from statuspage.lib.language import either

from .. import offering
from ..addresses import Address, normalise
from ..channels import registry
from ..channels.base import ChannelDefinition
from ..enums import Channel
from ..models import Subscriber

_PACES = [("every", _("Every update")), ("milestones", _("Only when something begins and when it is over"))]
# Said alike of a component that never was and of one the public must not know of.
_NOT_OFFERED = _("Choose from this list; one of your choices is no longer on it.")


class Option(NamedTuple):
    public_id: str
    name: str
    is_chosen: bool


class AddressFields(NamedTuple):
    """One channel on the form: what it is, its address, its pace."""

    channel: ChannelDefinition
    address: forms.BoundField
    pace: forms.BoundField


class ChoiceForm(forms.Form):
    """Everything or chosen components."""

    scope = forms.ChoiceField(
        choices=[("everything", _("Everything")), ("chosen", _("Only the components I choose"))],
        initial="everything",
        error_messages={
            "required": _("Choose what you want to hear about."),
            "invalid_choice": _("Choose what you want to hear about."),
        },
    )
    components = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": _NOT_OFFERED, "invalid_list": _NOT_OFFERED}
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.offered = list(Component.objects.public().in_order().select_related("group"))
        field_of(self, "components", forms.MultipleChoiceField).choices = [
            (component.public_id, component.name) for component in self.offered
        ]

    def clean(self):
        """Refuses a choice of nothing: whoever wants that unsubscribes."""
        data = super().clean()
        if data is not None and self._is_nothing(data):
            self.add_error("components", _("Choose at least one component, or choose everything."))
        return data

    def _is_nothing(self, data: dict) -> bool:
        return data.get("scope") == "chosen" and data.get("components") == []

    @property
    def groups(self) -> list[tuple[str, list[Option]]]:
        """The components to choose from, by the name of their group, in page order; those without a group come last."""
        chosen = set(self["components"].value() or [])
        groups = [
            (str(group or ""), [Option(each.public_id, each.name, each.public_id in chosen) for each in components])
            for group, components in groupby(self.offered, key=lambda component: component.group)
        ]
        return sorted(groups, key=lambda group: group[0] == "")

    @property
    def everything(self) -> bool:
        return self.cleaned_data["scope"] == "everything"

    @property
    def chosen(self) -> list[Component]:
        """The components of a valid form; none where it asks for everything."""
        names = () if self.everything else self.cleaned_data["components"]
        return [component for component in self.offered if component.public_id in names]


def _pace(initial: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=_PACES,
        initial=initial,
        required=False,
        error_messages={"invalid_choice": _("Choose how often we may write.")},
    )


def _pace_of(channel: Channel) -> str:
    """The name of its field."""
    return f"{channel.value}_pace"


class SubscribeForm(ChoiceForm):
    """The sign-up: each channel that is offered has an address and a pace of its own; those of the other are
    ignored."""

    channel = forms.ChoiceField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for one in registry.every():
            self.fields[one.channel.value] = forms.CharField(required=False, strip=False)
            self.fields[_pace_of(one.channel)] = _pace("every" if one.hears_every_update else "milestones")
        field, self.channels = field_of(self, "channel", forms.ChoiceField), offering.offered()
        field.choices = [(channel.value, channel.label) for channel in self.channels]
        field.initial = self.channels[0] if self.channels else None
        field.error_messages |= dict.fromkeys(("required", "invalid_choice"), lazy(self._which, str)())

    def _which(self) -> str:
        """Return the channels there are to choose from, in words."""
        names = [registry.of(channel) for channel in self.channels]
        if not names:
            return gettext("We cannot write to anybody from here yet. Follow one of the feeds below.")
        if len(names) > 1:
            return gettext("Choose %(channels)s.") % {"channels": either(one.in_a_sentence for one in names)}
        others = [gettext("%(channel)s is not offered here.") % {"channel": one.label} for one in offering.missing()]
        return " ".join([*others, str(names[0].use_this)])

    @property
    def addresses(self) -> list[AddressFields]:
        """The fields of each channel that is offered."""
        return [
            AddressFields(registry.of(channel), self[channel.value], self[_pace_of(channel)])
            for channel in self.channels
        ]

    @property
    def shown_channel(self) -> str:
        """The channel whose fields are shown first; one that is not offered is none."""
        value = self["channel"].value()
        return value if value in self.channels else self.fields["channel"].initial

    def clean(self):
        """Adds `address`: one, normalised, of the chosen channel."""
        data = super().clean()
        channel = data.get("channel")
        if channel and channel not in self.errors:
            try:
                data["address"] = normalise(data[channel], Channel(channel))
            except ValidationError as error:
                self.add_error(channel, error)
        return data

    @property
    def address(self) -> Address:
        return self.cleaned_data["address"]

    @property
    def every_update(self) -> bool:
        """The pace that was chosen in a valid form; whoever sends none gets the usual one of the channel."""
        name = _pace_of(self.address.channel)
        return (self.cleaned_data[name] or self.fields[name].initial) == "every"


class ManageForm(ChoiceForm):
    """The choice of what somebody who is known hears from now on.

    What they chose and the page does not show at present has no name here, only a box by which to keep or drop it.
    """

    pace = _pace("every")
    kept = forms.BooleanField(required=False)

    def __init__(self, data=None, *, subscriber: Subscriber):
        chosen = subscriber.components.all()
        initial = {
            "scope": "everything" if subscriber.everything else "chosen",
            "components": [component.public_id for component in chosen if component.is_public],
            "pace": "every" if subscriber.every_update else "milestones",
            "kept": True,
        }
        super().__init__(data, initial=initial)
        self.hidden = [component for component in chosen if not component.is_public]
        # Theirs also from a page that they opened when it was still shown.
        field = field_of(self, "components", forms.MultipleChoiceField)
        field.choices = [*choices_of(field), *((component.public_id, "") for component in self.hidden)]

    @property
    def hears_nothing(self) -> bool:
        """All that they have chosen so far is hidden."""
        return self.initial["scope"] == "chosen" and bool(self.hidden) and not self.initial["components"]

    def _is_nothing(self, data: dict) -> bool:
        return super()._is_nothing(data) and not (self.hidden and data["kept"])

    @property
    def chosen(self) -> list[Component]:
        if self.everything:
            return []
        names, kept = self.cleaned_data["components"], self.cleaned_data["kept"]
        return super().chosen + [component for component in self.hidden if kept or component.public_id in names]

    @property
    def every_update(self) -> bool:
        return self.cleaned_data["pace"] != "milestones"
