"""The column that says why."""

from django.contrib import admin


class SaysWhy:
    """A column that has the provider's words, or else the cause in ours."""

    @admin.display(description="why", ordering="reason")
    def why(self, row):
        return row.why or "-"
