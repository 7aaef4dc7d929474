from django.urls import path

from . import previews, views

app_name = "support"

urlpatterns = [
    path("", views.home, name="home"),
    path("incidents/<slug:public_id>/customers/", views.customers, name="customers"),
    path("incidents/<slug:public_id>/customers/list/", views.customer_list, name="customer-list"),
    path("incidents/<slug:public_id>/customers/<int:pk>/unlink/", views.unlink, name="unlink"),
    path("incidents/<slug:public_id>/latest-update/", views.latest_update, name="latest-update"),
    path("incidents/<slug:public_id>/progress/", previews.progress, name="progress"),
    path("customers/<int:pk>/", views.customer_deliveries, name="customer-deliveries"),
    path("audience/", previews.audience_preview, name="audience-preview"),
    path("audience/mail/", previews.mail_preview, name="mail-preview"),
]
