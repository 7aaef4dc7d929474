"""Who may do what at which address: the table. What it does not list nobody may open.

Keyed by the name of the URL. A row says, for each role, the methods that are answered; every other method and role
must be refused: sent to log in, 403, 404 or 405.
"""

ROLES = ("anonymous", "support", "lead", "admin")
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS")
# Django's own admin views hardly look at the method: whoever may GET may as well DELETE, which then is a GET. One such
# method stands for all, for these pages take their time.
ADMIN_METHODS = ("GET", "POST", "DELETE")
AS_GET = "GET DELETE"

Row = dict[str, set[str]]


def allow(**methods: str) -> Row:
    return {role: set(methods.get(role, "").split()) for role in ROLES}


def everyone(methods: str) -> Row:
    return allow(**dict.fromkeys(ROLES, methods))


def staff(methods: str) -> Row:
    return allow(support=methods, lead=methods, admin=methods)


def leads(methods: str) -> Row:
    return allow(lead=methods, admin=methods)


def admin_only(methods: str) -> Row:
    return allow(admin=methods)


NOBODY = allow()
ANY = f"{AS_GET} POST"


def admin_pages(model: str, *, view: str = "lead admin", change: str = "", add: str = "", delete: str = "") -> dict:
    """The five pages that Django's admin has for each model, and the roles that may use them."""

    def rows(roles, methods):
        return allow(**dict.fromkeys(roles.split(), methods))

    pages = {"changelist": rows(view, ANY), "history": rows(view, ANY), "change": rows(view, AS_GET)}
    for role in change.split():
        pages["change"][role] |= {"POST"}
    pages |= {"add": rows(add, ANY), "delete": rows(delete, ANY)}
    return {f"admin:{model}_{page}": row for page, row in pages.items()}


ACCESS: dict[str, Row] = {
    # The public face
    "page": everyone("GET"),
    "history": everyone("GET"),
    "search": everyone("GET"),
    "history-month": everyone("GET"),
    "history-month-part": everyone("GET"),
    "incident": everyone("GET"),
    "bulletin": everyone("GET"),
    "bulletins": everyone("GET"),
    "bulletins-year": everyone("GET"),
    "bulletins-year-part": everyone("GET"),
    "incident-short": everyone("GET"),
    "component": everyone("GET"),
    "logo": everyone("GET"),
    "alive": everyone("GET"),
    "ready": everyone("GET"),
    "metrics": NOBODY,  # without METRICS_TOKEN
    # The same for programs and other sites
    **dict.fromkeys(
        (
            "v2-summary",
            "v2-status",
            "v2-components",
            "v2-incidents",
            "v2-incidents-unresolved",
            "v2-maintenances",
            "v2-maintenances-upcoming",
            "v2-maintenances-active",
            "updates-atom",
            "updates-rss",
            "updates-json",
            "history-atom",
            "history-rss",
            "history-json",
            "component-updates-atom",
            "component-updates-rss",
            "component-updates-json",
            "component-history-atom",
            "component-history-rss",
            "maintenances-ics",
            "sitemap",
            "robots",
            "badge",
            "component-badge",
            "embed",
        ),
        everyone("GET"),
    ),
    "api/v2/": NOBODY,
    "api/v2/<path:path>": NOBODY,
    # Subscribers, behind their signed links
    "subscribers:subscribe": everyone("GET POST"),
    "subscribers:sent": everyone("GET"),
    "subscribers:manage": everyone("GET POST"),
    "subscribers:confirm": everyone("GET POST"),
    "subscribers:unsubscribe": everyone("GET POST"),
    "subscribers:end-links": everyone("GET POST"),
    "subscribers:short": everyone("GET"),
    # Reports from outside: 404 without a provider, as here, 400 or 403 unless they are signed
    "subscribers:receipt-mail": NOBODY,
    "subscribers:receipt-sms": NOBODY,
    "subscribers:receipt-sms-incoming": NOBODY,
    # What the outbox keeps holds addresses and links that act
    "subscribers:outbox": leads("GET"),
    "subscribers:outbox-message": leads("GET"),
    "subscribers:outbox-message-html": leads("GET"),
    # The first run: without a good link there is nothing
    "setup": NOBODY,
    "setup:checklist": admin_only("GET"),
    "setup:sender": admin_only("GET"),
    "setup:components": admin_only("GET POST"),
    "staff:people": admin_only("GET POST"),
    "staff:send-again": admin_only("POST"),
    "staff:give-role": admin_only("POST"),
    "staff:deactivate": admin_only("POST"),
    "staff:reactivate": admin_only("POST"),
    "subscribers:forgotten": everyone("GET POST"),
    "subscribers:let-in": NOBODY,
    # The communications lead's console
    "console:board": leads("GET"),
    "console:new-incident": leads("GET POST"),
    "console:new-maintenance": leads("GET POST"),
    "console:incident": allow(support="GET", lead="GET", admin="GET"),
    "console:update": leads("GET POST"),
    "console:facts": leads("GET POST"),
    "console:edit-update": leads("GET POST"),
    "console:merge": leads("GET POST"),
    "console:end-series": leads("GET POST"),
    "console:split-off": leads("GET POST"),
    "console:page-preview": leads("GET POST"),
    "console:recall": leads("GET POST"),
    "console:bulletins": leads("GET"),
    "console:new-bulletin": leads("GET POST"),
    "console:bulletin-preview": leads("GET POST"),
    "console:bulletin": leads("GET"),
    "console:bulletin-edit": leads("GET POST"),
    "console:bulletin-pin": leads("GET POST"),
    "console:bulletin-end": leads("GET POST"),
    "console:bulletin-withdraw": leads("GET POST"),
    "preview:bulletin": leads("GET POST"),
    "deliveries:bulletin": leads("GET"),
    "preview:audience": leads("GET POST"),
    "preview:mail": leads("GET"),
    # Support's screens
    "support:home": staff("GET"),
    "support:customers": staff("GET POST"),
    "support:customer-list": staff("GET POST"),
    "support:customer-deliveries": staff("GET"),
    "support:told": staff("GET"),
    "support:unlink": staff("GET POST"),
    "support:erase-person": admin_only("GET POST"),
    "support:export-person": admin_only("POST"),
    "support:latest-update": staff("POST"),
    # Where the notices are
    "deliveries:progress": staff("GET"),
    "deliveries:reach": leads("GET"),
    "staff:contacts": staff("GET"),
    "staff:send-code": staff("POST"),
    "staff:confirm": staff("POST"),
    "staff:remove": staff("POST"),
    "staff:put-away": staff("POST"),
    "deliveries:board": leads("GET"),
    "deliveries:blockers": leads("GET"),
    "deliveries:pause": leads("GET POST"),
    "deliveries:release": leads("GET POST"),
    "deliveries:try-provider": leads("POST"),
    "deliveries:failures": leads("GET"),
    "deliveries:retry": leads("GET POST"),
    # Django's admin
    "admin:index": staff(ANY),
    "admin:login": everyone("GET POST"),
    "admin:logout": staff("POST") | {"anonymous": set(ANY.split())},
    "admin:password_change": staff("GET POST"),
    "admin:password_change_done": staff("GET"),
    "admin:jsi18n": staff("GET"),
    "admin:autocomplete": leads("GET"),
    "admin:view_on_site": staff(ANY),
    "admin:app_list": staff(ANY),
    "admin:(?P<url>.*)$": NOBODY,
    # Its models. What actions keep has no page to add, change or delete it, not even for a superuser.
    **admin_pages("incidents_component", change="admin", add="admin", delete="admin"),
    **admin_pages("incidents_componentgroup", change="admin", add="admin", delete="admin"),
    **admin_pages("incidents_changefreeze", change="admin", add="admin", delete="admin"),
    **admin_pages("incidents_incidenttype", change="admin", add="admin", delete="admin"),
    **admin_pages("incidents_incidenttemplate", change="lead admin", add="lead admin", delete="admin"),
    **admin_pages("incidents_site", view="admin", change="admin"),
    **admin_pages("incidents_incident", view="support lead admin"),
    **admin_pages("incidents_maintenance"),
    **admin_pages("incidents_incidentupdate"),
    **admin_pages("incidents_announcement"),
    **admin_pages("incidents_auditevent"),
    **admin_pages("subscribers_subscriber"),
    **admin_pages("subscribers_suppression"),
    **admin_pages("subscribers_heldsuppression"),
    **admin_pages("subscribers_incomingmessage"),
    **admin_pages("subscribers_delivery"),
    **admin_pages("auth_user", view="admin", change="admin", add="admin", delete="admin"),
    **admin_pages("auth_group", view="admin", change="admin", add="admin", delete="admin"),
    "admin:auth_user_password_change": admin_only(ANY),
}
