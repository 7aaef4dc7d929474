"""A quiet edit at a prompt: the words of an update put right where they stand, with every refusal in words."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime

from django.core.exceptions import ValidationError

from incidents.actions import editing
from incidents.actions.errors import Conflict, KeyReused
from incidents.models import IncidentUpdate
from subscribers.board.board import reach

from . import terminal
from .terminal import Refused


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("update", metavar="UPDATE_ID", help="what stands behind #update- in its address")
    parser.add_argument("--body", required=True, help='the new words, in Markdown; "-" reads them from standard input')
    parser.add_argument(
        "--anyway", action="store_true", help="edit though the words name another time than the update promises"
    )
    parser.add_argument("--key", help="the same key edits once, however often it is run")


def edit(options: dict, at: datetime) -> Iterator[str]:
    """Edit it, or with --dry-run refuse the same and write nothing; yield what there is to say. Raises Refused."""
    update, body = _find(options["update"]), terminal.text(options["body"])
    _refuse_doubts(update, body, options)
    try:
        if options["dry_run"]:
            editing.check(update=update, body=body)
        else:
            key = options["key"] or None  # one that was used says by itself what had been read
            seen = None if key else update.revisions.count()
            editing.edit_words(update=update, body=body, by=options["by"], at=at, seen=seen, request_key=key)
    except ValidationError as error:
        raise Refused(*_lines(error)) from None
    except Conflict:
        raise Refused("Somebody else edited this in this moment. Read it, then run this again.") from None
    except KeyReused:
        raise Refused("--key: It was used before, for something else. Nothing was edited.") from None
    return _said(update, is_done=not options["dry_run"])


def _find(public_id: str) -> IncidentUpdate:
    found = IncidentUpdate.objects.select_related("incident", "announcement").filter(public_id=public_id).first()
    if found is None:
        raise Refused(f"There is no update {public_id}. Its id stands behind #update- in its address on the page.")
    return found


def _refuse_doubts(update: IncidentUpdate, body: str, options: dict) -> None:
    if not options["anyway"] and (doubts := editing.new_doubts(update, body)):
        lines = [f"--body: {doubt.text}" for doubt in doubts]
        raise Refused(*lines, "Nothing is edited. Change the words, or add --anyway; an edit changes no time.")


def _lines(error: ValidationError) -> list[str]:
    if hasattr(error, "error_dict"):
        return [f"--{name}: {text}" for name, texts in error.message_dict.items() for text in texts]
    return error.messages


def _said(update: IncidentUpdate, *, is_done: bool) -> Iterator[str]:
    yield f"Incident:     {update.incident.public_id}"
    yield f"Address:      {update.incident.get_public_url()}#update-{update.public_id}"
    yield "Edited:       nobody is written to" if is_done else "Nothing is edited: this was a dry run."
    if announcement := getattr(update, "announcement", None):
        waiting, reached = reach(announcement)
        yield f"Former words: {waiting:,} still to go out, {reached:,} have them"
