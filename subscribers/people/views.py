"""Signing up, and the pages behind the links in messages. A link asks before it acts: GET shows, POST changes."""

import logging
from functools import wraps

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents.models import Site
from incidents.models.audit import nobody_is_called
from statuspage.lib import limits
from statuspage.lib.database_away import is_away
from statuspage.lib.given_back import gives_back
from statuspage.lib.methods import read_only

from .. import links, offering
from ..channels import registry
from ..delivery import kept_unsubscribes
from ..models import Confirmation, Subscriber
from . import subscribing
from .forms import ManageForm, SubscribeForm
from .showing import say, show, show_without_database

REFUSED = 422
logger = logging.getLogger(__name__)
_AGAIN = _("Press “Try again” once it answers; a second time changes nothing.")
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
        except Http404:
            response = _dead_link(request)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapper


def _dead_link(request: HttpRequest) -> HttpResponse:
    """Says the same whatever is wrong with the link. Needs no database."""
    try:
        return show(request, "dead_link", status=404)
    except DatabaseError:
        return show_without_database("dead_link", status=404)


@never_cache
@_show_or_act
@gives_back(
    _("Nothing was sent yet."),
    _("We do not know whether this was taken."),
    _("Press “Try again” once it answers: we send at most two messages a day to one address."),
    **{one.channel.value: one.address_label for one in registry.every()},
)
def subscribe(request: HttpRequest) -> HttpResponse:
    """The form. Its answer is the same whatever is known of the address: see `sent`."""
    form = SubscribeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if wait := limits.sign_up(request.META):
            return _not_yet(request, form, wait)
        subscribing.request_subscription(
            channel=form.address.channel,
            address=form.address.address,
            everything=form.everything,
            components=form.chosen,
            every_update=form.every_update,
            at=timezone.now(),
        )
        return redirect("subscribers:sent", channel=form.address.channel)
    return show(request, "subscribe", {"form": form}, status=REFUSED if form.is_bound else 200)


def _not_yet(request: HttpRequest, form: SubscribeForm, wait: float) -> HttpResponse:
    """The form as it was sent. By network and by all together, never by address: it tells nothing of that."""
    with Site.speaking():
        context = {"form": form, "wait": limits.in_words(wait)}
    response = show(request, "subscribe", context, status=429)
    response["Retry-After"] = limits.retry_after(wait)
    return response


@read_only
def sent(request: HttpRequest, channel: str) -> HttpResponse:
    """Show what happens next. Knows nothing of who asked."""
    if channel not in offering.offered():
        raise Http404
    others = [registry.of(one) for one in offering.offered() if one != channel]
    another = next((one for one in others if one.is_expected), None)
    return show(request, "sent", {"steps": f"subscribe/channels/_{channel}_sent.html", "another": another})


@personal
@_show_or_act
@gives_back(_("You are not subscribed yet."), _("We do not know whether you are subscribed by now."), _AGAIN)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Shows what confirming will do, does it, and shows what was done. What cannot be sent is not confirmed: the link
    works again when it can."""
    confirmation = _found(links.read_confirmation(token))
    now = timezone.now()
    if request.method == "POST" and confirmation.subscriber.is_offered:
        subscribing.confirm(confirmation=confirmation, at=now)
        return redirect("subscribers:confirm", token=token)
    if confirmation.leads_on(now):
        return _confirmed(request, confirmation)
    if confirmation.confirmed_at:
        return show(request, "used")
    if not confirmation.is_open(now):
        return show(request, "expired", status=410)
    context = {"asked": confirmation, "components": confirmation.components()}
    return show(request, "confirm", context, status=REFUSED if request.method == "POST" else 200)


def _confirmed(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    subscriber = confirmation.subscriber
    context = {
        "subscriber": subscriber,
        "components": subscriber.components.public().in_order(),  # type: ignore[attr-defined]  # of a relation the stubs know no manager of ours
        "token": links.subscription_token(subscriber),
    }
    return show(request, "confirmed", context)


@personal
@_show_or_act
@gives_back(_("Nothing was saved."), _("We do not know whether this was saved."), _AGAIN)
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """Show what this subscriber hears, to be changed. Saving it also takes an earlier end back. Where nothing can be
    sent, nothing is promised: one may only leave."""
    subscriber = _found(links.read_subscription(token))
    form = ManageForm(request.POST if request.method == "POST" else None, subscriber=subscriber)
    if form.is_bound and form.is_valid() and subscriber.is_offered:
        _change(subscriber, form)
        return redirect(request.path + "?saved")
    context = {"subscriber": subscriber, "token": token, "form": form, "saved": "saved" in request.GET}
    return show(request, "manage", context, status=REFUSED if form.is_bound else 200)


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
    """Asks, then ends it. The POST of a mail program (RFC 8058) acts at once and is answered without a redirect.

    Both also while the database is away: then it is kept, and done as soon as it is back.
    """
    try:
        return _unsubscribe(request, token, _found(links.read_ending(token)))
    except DatabaseError as error:
        if not is_away(error) or (answer := _without_database(request, token)) is None:
            raise
        return answer


def _unsubscribe(request: HttpRequest, token: str, ending: links.Ending) -> HttpResponse:
    if request.method == "POST":
        subscribing.unsubscribe(subscriber=ending.subscriber, at=timezone.now())
        if _is_one_click(request):
            return say(_("You are unsubscribed."))
        return redirect("subscribers:unsubscribe", token=token)
    # An old link tells nobody whose it was.
    address = ending.subscriber.address if ending.is_current else ""
    context = {
        "is_over": ending.subscriber.unsubscribed_at,
        "address": address,
        "token": token if ending.is_current else "",
    }
    return show(request, "unsubscribe", context)


def _without_database(request: HttpRequest, token: str) -> HttpResponse | None:
    """The form, or the promise to do it: by the signature alone. None where it cannot be kept."""
    subscriber_id = _found(links.subscriber_id_of(token))
    is_kept = request.method == "POST"
    try:
        if is_kept and not kept_unsubscribes.keep(subscriber_id, at=timezone.now()):
            return None
    except OSError:
        logger.exception("An unsubscribe cannot be kept")
        return None
    if is_kept and _is_one_click(request):
        return say(_("You will be unsubscribed as soon as our database is back."), status=202)
    context = {"token": "", "is_kept": is_kept}  # the page behind it does not answer either
    return show_without_database("unsubscribe", context, status=202 if is_kept else 200)


def _is_one_click(request: HttpRequest) -> bool:
    return request.POST.get("List-Unsubscribe") == "One-Click"


@personal
@_show_or_act
@gives_back(_("Your links were not ended."), _("We do not know whether your links were ended."), _AGAIN)
def end_links(request: HttpRequest, token: str) -> HttpResponse:
    """Asks, then ends every link that was sent so far, this one too; the answer holds no new one."""
    subscriber = _found(links.read_subscription(token))
    if request.method == "POST":
        with nobody_is_called("the owner of the address"):
            subscribing.end_links(subscriber=subscriber, at=timezone.now())
    return show(request, "end_links", {"token": token, "is_done": request.method == "POST"})


@personal
@read_only
def short(request: HttpRequest, token: str) -> HttpResponse:
    """The short link of an SMS: to confirm where it was made for that, to change and end for all else."""
    return redirect(f"subscribers:{'confirm' if links.is_confirmation(token) else 'manage'}", token=token)


def _found(thing):
    if thing is None:
        raise Http404
    return thing
