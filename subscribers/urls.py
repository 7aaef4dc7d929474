from django.urls import path

from . import views

app_name = "subscribers"

urlpatterns = [
    path("subscribe/", views.subscribe, name="subscribe"),
    path("subscribe/sent/<slug:channel>/", views.sent, name="sent"),
    path("subscription/<str:token>/", views.manage, name="manage"),
    path("subscription/<str:token>/confirm/", views.confirm, name="confirm"),
    path("subscription/<str:token>/unsubscribe/", views.unsubscribe, name="unsubscribe"),
    path("s/<str:token>/", views.short, name="short"),
]
