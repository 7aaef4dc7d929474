from django.contrib.admin.apps import AdminConfig


class StaffSiteConfig(AdminConfig):
    """Django's admin, with StaffSite as its site."""

    default_site = "statuspage.accounts.site.StaffSite"
