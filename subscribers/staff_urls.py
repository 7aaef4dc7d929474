from django.urls import path

from .board import views as operations
from .people import erasure_views
from .preview import views as previews
from .support import told, views

app_name = "support"

urlpatterns = [
    path("", views.home, name="home"),
    path("incidents/<slug:public_id>/customers/", views.customers, name="customers"),
    path("incidents/<slug:public_id>/customers/list/", views.customer_list, name="customer-list"),
    path("incidents/<slug:public_id>/customers/<int:pk>/unlink/", views.unlink, name="unlink"),
    path("incidents/<slug:public_id>/latest-update/", views.latest_update, name="latest-update"),
    path("incidents/<slug:public_id>/progress/", previews.progress, name="progress"),
    path("customers/<int:pk>/", views.customer_deliveries, name="customer-deliveries"),
    path("customers/<int:pk>/deliveries/<int:delivery>/", told.told, name="told"),
    path("customers/<int:pk>/erase/", erasure_views.erase, name="erase-person"),
    path("customers/<int:pk>/export/", erasure_views.export, name="export-person"),
    path("announcements/<slug:announcement>/reach/", operations.reach, name="reach"),
    path("deliveries/", operations.operations, name="operations"),
    path("deliveries/hindrances/", operations.hindrances, name="hindrances"),
    path("deliveries/stop/", operations.stop, name="stop"),
    path("deliveries/stops/<int:pk>/release/", operations.release, name="release"),
    path("deliveries/providers/<slug:channel>/try/", operations.try_provider, name="try-provider"),
    path("deliveries/failures/", operations.failures, name="failures"),
    path("deliveries/failures/retry/", operations.retry, name="retry"),
    path("audience/", previews.audience_preview, name="audience-preview"),
    path("audience/mail/", previews.mail_preview, name="mail-preview"),
]
