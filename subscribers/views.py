"""Signing up, and the pages behind the links in messages. A link asks before it acts: GET shows, POST changes."""

from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import get_resolver
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from statuspage.lib.given_back import gives_back
from statuspage.lib.methods import read_only

from . import links
from .actions import subscribing
from .enums import Channel
from .forms import ManageForm, SubscribeForm
from .models import Confirmation, Subscriber

_AGAIN = "Press “Try again” once it answers; a second time changes nothing."
_show_or_act = require_http_methods(["GET", "HEAD", "POST"])


def personal(view):
    """A page behind a signed link: never stored, never in a referrer, never in a search engine.

    Without CSRF token: the token in the address is the whole authority, and no cookie is read that a foreign site
    could borrow. With one, the form would fail: under no-referrer a browser sends "Origin: null", and the browser
    inside a mail program may keep no cookie.
    """

    @csrf_exempt
    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404 as error:
            response = get_resolver().resolve_error_handler(404)(request, exception=error)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapper


@never_cache
@_show_or_act
@gives_back(
    "Nothing was sent yet.",
    "We do not know whether this was taken.",
    "Press “Try again” once it answers: we send at most two messages a day to one address.",
    email="Your e-mail address",
    sms="Your mobile number",
)
def subscribe(request: HttpRequest) -> HttpResponse:
    """The form. Its answer is the same whatever is known of the address: see `sent`."""
    form = SubscribeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        subscribing.request_subscription(
            channel=form.address.channel,
            address=form.address.address,
            everything=form.everything,
            components=form.chosen,
            every_update=form.every_update,
            at=timezone.now(),
        )
        return redirect("subscribers:sent", channel=form.address.channel)
    return render(request, "subscribe/subscribe.html", {"form": form}, status=422 if form.is_bound else 200)


@read_only
def sent(request: HttpRequest, channel: str) -> HttpResponse:
    """What happens next. Knows nothing of who asked."""
    if channel not in Channel.values:
        raise Http404
    return render(request, "subscribe/sent.html", {"channel": channel})


@personal
@_show_or_act
@gives_back("You are not subscribed yet.", "We do not know whether you are subscribed by now.", _AGAIN)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Shows what confirming will do, does it, and shows what was done."""
    confirmation = _found(links.read_confirmation(token))
    now = timezone.now()
    if request.method == "POST":
        subscribing.confirm(confirmation=confirmation, at=now)
        return redirect("subscribers:confirm", token=token)
    if confirmation.confirmed_at:
        return _confirmed(request, confirmation)
    if not confirmation.is_open(now):
        return render(request, "subscribe/expired.html", status=410)
    context = {"asked": confirmation, "components": confirmation.components()}
    return render(request, "subscribe/confirm.html", context)


def _confirmed(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    subscriber = confirmation.subscriber
    context = {
        "subscriber": subscriber,
        "components": subscriber.components.public().in_order(),
        "token": links.subscription_token(subscriber),
    }
    return render(request, "subscribe/confirmed.html", context)


@personal
@_show_or_act
@gives_back("Nothing was saved.", "We do not know whether this was saved.", _AGAIN)
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """What this subscriber hears, to be changed. Saving it also takes an earlier end back."""
    subscriber = _found(links.read_subscription(token))
    if request.method == "POST":
        form = ManageForm(request.POST)
        if form.is_valid():
            _change(subscriber, form)
            return redirect(request.path + "?saved")
    else:
        form = ManageForm(initial=ManageForm.initial_of(subscriber))
    context = {"subscriber": subscriber, "token": token, "form": form, "saved": "saved" in request.GET}
    return render(request, "subscribe/manage.html", context, status=422 if form.is_bound else 200)


def _change(subscriber: Subscriber, form: ManageForm) -> None:
    subscribing.change(
        subscriber=subscriber,
        everything=form.everything,
        components=form.chosen,
        every_update=form.every_update,
        at=timezone.now(),
    )


@personal
@_show_or_act
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Asks, then ends it. The POST of a mail program (RFC 8058) acts at once and is answered without a redirect."""
    subscriber = _found(links.read_subscription(token))
    if request.method == "POST":
        subscribing.unsubscribe(subscriber=subscriber, at=timezone.now())
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse("You are unsubscribed.\n", content_type="text/plain; charset=utf-8")
        return redirect("subscribers:unsubscribe", token=token)
    return render(request, "subscribe/unsubscribe.html", {"subscriber": subscriber, "token": token})


@personal
@read_only
def short(request: HttpRequest, token: str) -> HttpResponse:
    """The short link of an SMS: to confirm where it was made for that, to change and end for all else."""
    return redirect(f"subscribers:{'confirm' if links.is_confirmation(token) else 'manage'}", token=token)


def _found(thing):
    if thing is None:
        raise Http404
    return thing
