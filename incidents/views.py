"""The public doors. Each makes one call into page/ and shows what it got."""

from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def page(request):
    return render(request, "public/page.html")


@require_safe
def incident(request, public_id):
    return render(request, "public/page.html")


@require_safe
def history(request, month=None):
    return render(request, "public/page.html")


@require_safe
def feed(request):
    return render(request, "public/page.html")
