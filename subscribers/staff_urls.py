"""The screens of staff, by whom they serve: a namespace each. They share one prefix, so the addresses interleave."""

from django.urls import include, path

from .board import views as board
from .people import erasure_views
from .preview import bulletins
from .preview import views as previews
from .staff import people_views as people
from .staff import views as staff
from .support import told, views

# Support staff: what one customer got, whom an incident concerns.
support = [
    path("", views.home, name="home"),
    path("incidents/<slug:public_id>/customers/", views.customers, name="customers"),
    path("incidents/<slug:public_id>/customers/list/", views.customer_list, name="customer-list"),
    path("incidents/<slug:public_id>/customers/<int:pk>/unlink/", views.unlink, name="unlink"),
    path("incidents/<slug:public_id>/latest-update/", views.latest_update, name="latest-update"),
    path("customers/<int:pk>/", views.customer_deliveries, name="customer-deliveries"),
    path("customers/<int:pk>/deliveries/<int:delivery>/", told.told, name="told"),
    path("customers/<int:pk>/erase/", erasure_views.erase, name="erase-person"),
    path("customers/<int:pk>/export/", erasure_views.export, name="export-person"),
]

# Whoever watches the notices go out, pauses them and tries them again.
deliveries = [
    path("incidents/<slug:public_id>/progress/", previews.progress, name="progress"),
    path("bulletins/<slug:public_id>/progress/", bulletins.progress, name="bulletin"),
    path("announcements/<slug:announcement>/reach/", board.reach, name="reach"),
    path("deliveries/", board.deliveries, name="board"),
    path("deliveries/blockers/", board.blockers, name="blockers"),
    path("deliveries/pause/", board.pause, name="pause"),
    path("deliveries/pauses/<int:pk>/release/", board.release, name="release"),
    path("deliveries/providers/<slug:channel>/try/", board.try_provider, name="try-provider"),
    path("deliveries/failures/", board.failures, name="failures"),
    path("deliveries/failures/retry/", board.retry, name="retry"),
]

# The lead, composing: who would hear it and what they would read. The console itself stands below the subscribers.
preview = [
    path("bulletin/", bulletins.audience_preview, name="bulletin"),
    path("audience/", previews.audience_preview, name="audience"),
    path("audience/mail/", previews.mail_preview, name="mail"),
]

# Whoever works here: how they are reached themselves.
own = [
    path("me/", staff.contacts, name="contacts"),
    path("me/<slug:channel>/code/", staff.send_code, name="send-code"),
    path("me/<slug:channel>/confirm/", staff.confirm, name="confirm"),
    path("me/<slug:channel>/remove/", staff.remove, name="remove"),
    path("me/messages/<int:pk>/put-away/", staff.put_away, name="put-away"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/send-again/", people.send_again, name="send-again"),
    path("people/<int:pk>/role/", people.give_role, name="give-role"),
    path("people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
]

urlpatterns = [
    path("", include((support, "support"))),
    path("", include((deliveries, "deliveries"))),
    path("", include((preview, "preview"))),
    path("", include((own, "staff"))),
]
