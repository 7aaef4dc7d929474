from django import forms

from ..addresses import Address, normalise
from ..enums import Channel


class AddressForm(forms.Form):
    """The address at which a member of staff wants to be reached on one channel."""

    address = forms.CharField(max_length=254, error_messages={"required": "Write where we can reach you."})

    def __init__(self, data=None, *, channel: Channel, **kwargs):
        super().__init__(data, prefix=channel, **kwargs)
        self.channel = channel

    def clean_address(self) -> Address:
        return normalise(self.cleaned_data["address"], self.channel)


class CodeForm(forms.Form):
    """The code that was read at an address."""

    code = forms.CharField(max_length=20, error_messages={"required": "Type the six digits that we sent there."})

    def __init__(self, data=None, *, channel: Channel, **kwargs):
        super().__init__(data, prefix=f"{channel}-code", **kwargs)
