"""Addresses for programs, at the host root, where they look for them."""

from django.urls import path

from . import embeds, feeds, v2

urlpatterns = [
    path("api/v2/summary.json", v2.summary, name="v2-summary"),
    path("api/v2/status.json", v2.status, name="v2-status"),
    path("api/v2/components.json", v2.components, name="v2-components"),
    path("api/v2/incidents.json", v2.incidents, name="v2-incidents"),
    path("api/v2/incidents/unresolved.json", v2.unresolved_incidents, name="v2-incidents-unresolved"),
    path("api/v2/scheduled-maintenances.json", v2.scheduled_maintenances, name="v2-maintenances"),
    path("api/v2/scheduled-maintenances/upcoming.json", v2.upcoming_maintenances, name="v2-maintenances-upcoming"),
    path("api/v2/scheduled-maintenances/active.json", v2.active_maintenances, name="v2-maintenances-active"),
    path("api/v2/", v2.unknown),
    path("api/v2/<path:path>", v2.unknown),
    path("updates.atom", feeds.updates_atom, name="updates-atom"),
    path("updates.rss", feeds.updates_rss, name="updates-rss"),
    path("updates.json", feeds.updates_json, name="updates-json"),
    path("history.atom", feeds.history_atom, name="history-atom"),
    path("history.rss", feeds.history_rss, name="history-rss"),
    path("history.json", feeds.history_json, name="history-json"),
    path("components/<slug:public_id>/updates.atom", feeds.updates_atom, name="component-updates-atom"),
    path("components/<slug:public_id>/updates.rss", feeds.updates_rss, name="component-updates-rss"),
    path("components/<slug:public_id>/updates.json", feeds.updates_json, name="component-updates-json"),
    path("components/<slug:public_id>/history.atom", feeds.history_atom, name="component-history-atom"),
    path("components/<slug:public_id>/history.rss", feeds.history_rss, name="component-history-rss"),
    path("maintenances.ics", feeds.maintenances, name="maintenances-ics"),
    path("sitemap.xml", feeds.sitemap_xml, name="sitemap"),
    path("robots.txt", feeds.robots_txt, name="robots"),
    path("badge.svg", embeds.whole_badge, name="badge"),
    path("components/<slug:public_id>/badge.svg", embeds.component_badge, name="component-badge"),
    path("embed.js", embeds.banner, name="embed"),
]
