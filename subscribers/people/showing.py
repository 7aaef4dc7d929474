"""The pages of sign-up and links, in the language of the site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from incidents.models import Site
from statuspage.lib import language
from statuspage.lib.language import Text

_TEXT = "text/plain; charset=utf-8"


def show(request: HttpRequest, name: str, context: dict | None = None, status: int = 200) -> HttpResponse:
    """A page in the language of the site, the messages of forms too: they are put into words here."""
    with Site.speaking() as site:
        return render(request, f"subscribe/{name}.html", {"site": site, **(context or {})}, status=status)


def show_without_database(name: str, context: dict | None = None, status: int = 200) -> HttpResponse:
    with language.speaking(language.known()):
        return HttpResponse(
            render_to_string(f"subscribe/{name}.html", {"site": None, **(context or {})}), status=status
        )


def say(text: Text, status: int = 200) -> HttpResponse:
    """One line, for a mail program."""
    with language.speaking(language.known()):
        return HttpResponse(f"{text}\n", content_type=_TEXT, status=status)
