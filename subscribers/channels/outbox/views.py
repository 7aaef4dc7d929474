"""The screens of what EMAIL_URL=outbox: and SMS_URL=outbox: have kept. For staff with a permission of its own: they
show addresses, and links that act in their owners' names."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from statuspage.lib.methods import read_only

from . import files

PAGE_SIZE = 50
_may_read = permission_required("subscribers.read_outbox", raise_exception=True)
# Mails carry their CSS inside, so inline styles are let in: on this one answer, in a frame without scripts or forms.
_MAIL = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@read_only
@staff_member_required
@_may_read
@never_cache
def messages(request: HttpRequest) -> HttpResponse:
    """All that was kept, the newest first."""
    _refuse_if_unused()
    page = Paginator(files.names(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "messages": [files.read(name) for name in page]}
    return render(request, "subscribe/outbox.html", context)


@read_only
@staff_member_required
@_may_read
@never_cache
def message(request: HttpRequest, name: str) -> HttpResponse:
    """One message, as its recipient reads it."""
    return render(request, "subscribe/outbox_message.html", {"message": _found(name)})


@read_only
@staff_member_required
@_may_read
@never_cache
@xframe_options_sameorigin
@csp(_MAIL)  # type: ignore[arg-type]  # it takes views with arguments too
def message_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML of one mail, to be framed."""
    found = _found(name)
    if not found.html:
        raise Http404
    # Its links open beside the outbox; in the frame the pages behind them refuse to be shown.
    return HttpResponse(found.html.replace("<head>", '<head><base target="_blank">', 1))


def _found(name: str) -> files.Kept:
    _refuse_if_unused()
    try:
        return files.read(name)
    except FileNotFoundError as error:
        raise Http404 from error


def _refuse_if_unused() -> None:
    if not files.is_used():
        raise Http404
