from typing import Self

from django.db import models

from ..enums import ComponentStatus, IncidentStatus, Severity
from .component import Component
from .fields import LineField, MarkdownField

# The only names that a template's text may hold, and what the lead is asked for. Substituted literally, never
# evaluated: stored text meets no template engine and no str.format.
BLANKS = {
    "what_we_know": "What we know",
    "what_we_are_doing": "What we are doing",
    "next_update_by": "Next update expected by",
    "expected_fixed_by": "Expected to be fixed by",
}


class IncidentTemplateQuerySet(models.QuerySet["IncidentTemplate"]):
    def approved(self) -> Self:
        return self.exclude(approved_at=None)


class IncidentTemplate(models.Model):
    """Pre-approved words for one kind of trouble, from Investigating to Resolved."""

    name = LineField(unique=True, help_text="How the lead finds it at 3 am.")
    title = LineField(help_text="The incident's title, as the public reads it.")
    severity = models.CharField(max_length=2, choices=Severity, default=Severity.P3)
    type = models.ForeignKey(
        "IncidentType",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="templates",
        help_text="For ourselves.",
    )
    position = models.PositiveIntegerField(default=0)
    components = models.ManyToManyField(Component, through="TemplateComponent", blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=150, blank=True)

    objects = IncidentTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        permissions = [("approve", "Can approve incident templates")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_at=None, approved_by="")
                | (models.Q(approved_at__isnull=False) & ~models.Q(approved_by="")),
                name="template_approved_has_name",
            ),
        ]

    def __str__(self):
        return self.name


class TemplateStep(models.Model):
    """The text for one step of the incident, with blanks such as {{what_we_know}}."""

    template = models.ForeignKey(IncidentTemplate, on_delete=models.CASCADE, related_name="steps")
    status = models.CharField(max_length=16, choices=IncidentStatus)
    body = MarkdownField(help_text="Blanks: " + ", ".join("{{" + name + "}}" for name in BLANKS))

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint("template", "status", name="template_step_once")]

    def __str__(self):
        return self.get_status_display()


class TemplateComponent(models.Model):
    template = models.ForeignKey(IncidentTemplate, on_delete=models.CASCADE, related_name="affected")
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=24, choices=ComponentStatus, default=ComponentStatus.PARTIAL_OUTAGE)

    class Meta:
        constraints = [models.UniqueConstraint("template", "component", name="template_component_once")]

    def __str__(self):
        return f"{self.component}: {self.get_status_display()}"
