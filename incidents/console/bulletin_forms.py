"""The forms of a bulletin: a new one, and one that is changed."""

from dataclasses import replace
from datetime import datetime

from django import forms

from statuspage.lib.form_fields import field_of
from statuspage.lib.moments import MomentField

from ..actions.bulletin_draft import BulletinDraft, problems
from ..actions.steps import same_newlines
from ..actions.wording import as_far_as_publishable
from ..models import Bulletin
from .asked_form import AskedForm, lines, new_key


class BulletinForm(AskedForm):
    """What every bulletin is asked for. Words and times are judged by the action: see `refuse`."""

    bulletin: Bulletin | None = None
    title = forms.CharField(required=False, help_text="One line: what it is about.")
    body = lines(8, label="Text", help_text="Markdown. Customers read it on the page, and in the mail if you send it.")
    from_at = MomentField(required=False, label="Shown from", help_text="Empty: from now on.")
    until_at = MomentField(required=False, label="Shown until", help_text="Empty: until you end it.")

    def __init__(self, data=None, *, at: datetime, **kwargs):
        super().__init__(data, at=at, **kwargs)
        for name in {"from_at", "until_at"} & self.fields.keys():
            field_of(self, name, MomentField).after = at

    def clean(self):
        """Say what is wrong with the words beside a time that cannot be read: the action does not see that one."""
        cleaned = super().clean()
        for field, messages in (problems(**self.words()) if self.errors else {}).items():
            if not self.has_error(field):
                self.add_error(field, messages)
        return cleaned

    def words(self) -> dict[str, str]:
        """Title and text as they would be published."""
        return {name: same_newlines(self.typed(name) or "").strip() for name in ("title", "body")}

    def draft_so_far(self) -> BulletinDraft:
        """The bulletin for a preview, as far as it is typed and can be published."""
        words = self.words()
        return BulletinDraft(
            title=words["title"] or "Title",
            body=as_far_as_publishable(words["body"]),
            by=None,
            at=self.at,
            from_at=self.typed("from_at"),
            until_at=self.typed("until_at"),
            is_pinned=bool(self.typed("is_pinned")),
            tell=bool(self.typed("tell")),
        )

    def draft(self) -> dict:
        """The arguments of the action. For a valid form only."""
        return self.words() | {name: self.cleaned_data[name] for name in ("from_at", "until_at") if name in self.fields}


class NewBulletinForm(BulletinForm):
    is_pinned = forms.BooleanField(required=False, label="Pin it above the components")
    tell = forms.BooleanField(required=False, label="Send it to every subscriber")
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data=None, *, at: datetime, **kwargs):
        super().__init__(data, at=at, **kwargs)
        self.initial.setdefault("request_key", new_key())
        self.earlier: Bulletin | None = None

    def draft(self) -> dict:
        return super().draft() | {name: self.cleaned_data[name] for name in ("is_pinned", "tell", "request_key")}


class EditBulletinForm(BulletinForm):
    """`seen`: the version that its author read. When it began is no question any more once it has."""

    bulletin: Bulletin
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, bulletin: Bulletin, at: datetime, **kwargs):
        self.bulletin = bulletin
        names = ("title", "body", "from_at", "until_at")
        now = {name: getattr(bulletin, name) for name in names} | {"seen": bulletin.version}
        super().__init__(data, at=at, initial=now | (kwargs.pop("initial", None) or {}), **kwargs)
        self.conflict: Bulletin | None = None
        if bulletin.has_begun(at):
            del self.fields["from_at"]

    def draft_so_far(self) -> BulletinDraft:
        draft = replace(super().draft_so_far(), is_pinned=self.bulletin.is_pinned)
        return draft if "from_at" in self.fields else replace(draft, from_at=self.bulletin.from_at)

    def draft(self) -> dict:
        asked = super().draft()
        if "from_at" in asked:  # left empty it begins now
            asked["from_at"] = asked["from_at"] or self.at
        return asked | {"seen": self.cleaned_data["seen"] or 0}
