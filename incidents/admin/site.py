"""The page itself: its name, its clock, its brand."""

from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from statuspage.lib import picture

from ..actions import catalogue
from ..models import Site
from ..models.site import LOGO_HEIGHT
from .catalogue import CatalogueAdmin

MOST_BYTES = 64_000
WIDEST = 240  # pixels on the page, beside a phone's button
_COLUMNS = {"new_logo": "logo", "remove_logo": "logo"}


class SiteForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        choices=lambda: [(name, name) for name in sorted(available_timezones())],
        help_text="Days and times on the page, where the reader's own zone is not known. A change moves the days of "
        "the whole history along; words that were published keep the times and the zone that they name.",
    )
    new_logo = forms.FileField(
        label="Logo",
        required=False,
        help_text="PNG, JPEG, WebP or SVG, at most 64 kB. It stands above the page, on light and on dark grounds.",
    )
    extends_itself_minutes = forms.IntegerField(
        label="Extends by itself by minutes",
        required=False,
        min_value=0,
        max_value=1440,
        help_text=Site._meta.get_field("extends_itself_minutes").help_text,
    )
    remove_logo = forms.BooleanField(label="Show the name instead of the logo", required=False)

    class Meta:
        model = Site
        fields = [
            "name",
            "time_zone",
            "language",
            "support_url",
            "home_url",
            "legal_url",
            "accent",
            "shows_former_words",
            "begins_itself",
            "ends_itself",
            "extends_itself_minutes",
            "reminders",
        ]
        labels = {
            "shows_former_words": "Show former words",
            "begins_itself": "Begins by itself",
            "ends_itself": "Ends by itself",
            "home_url": "The company's site",
            "support_url": "Help for customers",
            "legal_url": "Legal and privacy",
            "accent": "Accent colour",
        }

    def clean_accent(self) -> str:
        return self.cleaned_data["accent"].strip().lower()

    def clean_extends_itself_minutes(self) -> int:
        return self.cleaned_data["extends_itself_minutes"] or 0

    def clean_new_logo(self):
        """The upload as (bytes, picture); None where there is none."""
        upload = self.cleaned_data["new_logo"]
        if not upload:
            return None
        if upload.size > MOST_BYTES:
            raise ValidationError(
                f"This file has {upload.size:,} bytes; a logo may have {MOST_BYTES:,}. Make it smaller."
            )
        content = upload.read()
        try:
            return content, _fitting(picture.recognise(content))
        except ValueError:
            raise ValidationError(
                "This is not a picture that every browser shows. Save it as PNG, JPEG, WebP or SVG, with a size in it."
            ) from None

    def _post_clean(self):
        """Put the logo into its columns before the model looks at itself."""
        super()._post_clean()  # type: ignore[misc]  # Django's own hook for it, which the stubs leave out
        if found := self.cleaned_data.get("new_logo"):
            self.instance.logo, shown = found
            self.instance.logo_type, self.instance.logo_width = shown.content_type, round(shown.width)
        elif self.cleaned_data.get("remove_logo"):
            self.instance.logo, self.instance.logo_type, self.instance.logo_width = None, "", 0

    @property
    def changed_columns(self) -> list[str]:
        """The columns to be written."""
        columns = dict.fromkeys(_COLUMNS.get(name, name) for name in self.changed_data)
        return [*columns, "logo_type", "logo_width"] if "logo" in columns else [*columns]


def _fitting(shown: picture.Picture) -> picture.Picture:
    """Scaled to the height of the page's head. Raises ValidationError for what would be too long for it."""
    width = max(1, shown.width * LOGO_HEIGHT / shown.height)
    if width > WIDEST:
        raise ValidationError(
            f"This logo is {shown.width / shown.height:.0f} times as wide as it is high; a phone has room for "
            f"{WIDEST / LOGO_HEIGHT:.1f} times. Cut its empty edges, or take one of less width."
        )
    return shown._replace(width=width)


@admin.register(Site)
class SiteAdmin(CatalogueAdmin):
    form = SiteForm
    fieldsets = [
        (None, {"fields": ["name", "language", "time_zone"]}),
        ("Brand", {"fields": ["accent", "shown_logo", "new_logo", "remove_logo"]}),
        ("What was said", {"fields": ["shows_former_words"]}),
        ("Planned work", {"fields": ["begins_itself", "ends_itself", "extends_itself_minutes", "reminders"]}),
        ("Links", {"fields": ["home_url", "support_url", "legal_url"]}),
    ]
    readonly_fields = ["shown_logo"]

    @admin.display(description="Logo now")
    def shown_logo(self, site):
        if not site.logo_type:
            return "None; the page shows the name."
        return format_html('<img src="{}" alt="{}" height="{}">', site.logo_path, site.name, LOGO_HEIGHT)

    def save_model(self, request, obj, form, change):
        catalogue.save_entry(entry=obj, changed=form.changed_columns, by=request.user, at=timezone.now())

    def changelist_view(self, request, extra_context=None):
        """Show the form: there is one site, so its list is its form."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:incidents_site_change", args=[Site.load().pk]))

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
