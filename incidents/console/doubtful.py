"""A form that says what is doubtful in its words once, and then leaves it to the person."""

import hashlib

from django import forms

from ..actions.doubts import Doubt, asked


class DoubtfulForm(forms.Form):
    """A form that publishes text. `doubted`: beside which of its fields there may be a doubt."""

    doubts_read = forms.CharField(required=False, widget=forms.HiddenInput)
    doubted: tuple[str, ...] = ()

    @property
    def doubts(self) -> list[Doubt]:
        """The doubts of the form, such as where a time in the words differs from what is filled in."""
        raise NotImplementedError

    @property
    def asked(self) -> list[str]:
        """What the person may do about the doubts, each sentence once."""
        return asked(self.doubts)

    @property
    def doubts_key(self) -> str:
        """The key by which a form that comes again says that these were read; another time in the words is another
        key."""
        return hashlib.sha256("\n".join(doubt.text for doubt in self.doubts).encode()).hexdigest()[:16]

    @property
    def is_doubtful(self) -> bool:
        """True where there are doubts and whoever sent this valid form had not read them."""
        return bool(self.doubts) and self.cleaned_data["doubts_read"] != self.doubts_key
