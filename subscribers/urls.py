from django.urls import path

from .channels.outbox import views as outbox_views
from .people import views
from .receipts import mail, sms
from .staff import joining

app_name = "subscribers"

urlpatterns = [
    path("subscribe/", views.subscribe, name="subscribe"),
    path("subscribe/sent/<slug:channel>/", views.sent, name="sent"),
    path("subscription/<str:token>/", views.manage, name="manage"),
    path("subscription/<str:token>/confirm/", views.confirm, name="confirm"),
    path("subscription/<str:token>/unsubscribe/", views.unsubscribe, name="unsubscribe"),
    path("subscription/<str:token>/end-links/", views.end_links, name="end-links"),
    path("outbox/", outbox_views.messages, name="outbox"),
    path("outbox/<str:name>/", outbox_views.message, name="outbox-message"),
    path("outbox/<str:name>/html/", outbox_views.message_html, name="outbox-message-html"),
    path("s/<str:token>/", views.short, name="short"),
    path("forgotten/", joining.forgotten, name="forgotten"),
    path("let-in/<str:token>/", joining.let_in, name="let-in"),
    path("receipts/mail/", mail.mail, name="receipt-mail"),
    path("receipts/sms/incoming/", sms.incoming, name="receipt-sms-incoming"),
    path("receipts/sms/<str:token>/", sms.report, name="receipt-sms"),
]
