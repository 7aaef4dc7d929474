"""The options of `manage.py incident`: what may be done, and how it is typed."""

from argparse import ArgumentParser

from incidents.enums import Severity

from . import edited, life, reshaping

EXAMPLES = """\
examples:
  manage.py incident open --title "Card payments fail" --severity P1 --component "Card processing=partial_outage" \\
      --body "Some card payments fail. We are looking into it." --next-update 30m
  manage.py incident open --template "Card payments fail" --set what_we_know="Visa fails." \\
      --set what_we_are_doing="We changed the provider." --next-update 30m --dry-run
  manage.py incident update k3v9x2m4p7qd --status mitigating --body - < words.md
  manage.py incident resolve k3v9x2m4p7qd --body "Payments work again since 14:20 UTC."
  manage.py incident recall 8dk2w5t7n1rs --reason "It names the wrong product"
  manage.py incident update k3v9x2m4p7qd --corrects 8dk2w5t7n1rs --body "Only refunds fail."
  manage.py incident update k3v9x2m4p7qd --status investigating --at "2026-11-21 14:05" --quiet --body "Visa was first."
  manage.py incident update k3v9x2m4p7qd --after-end --body "The report is here."
  manage.py incident reopen k3v9x2m4p7qd --body "Card payments fail again."
  manage.py incident merge k3v9x2m4p7qd w5qdqpbk4zgn --dry-run
  manage.py incident split k3v9x2m4p7qd --component Reports --title "Reports are late" --body "Reports come late."
  manage.py incident edit k3v9x2m4p7qd --started-at "2026-11-21 13:40" --dry-run
  manage.py incident edit-update n2c8v4x6z1qw --body "Card payments fail."
"""
NO_REASON = "Recalled at the command line, in a hurry."
_WHEN = '30m, 2h, or 2026-11-21 14:30 in the page\'s zone; a correction takes over the one it corrects, "" drops it'
_SET = "fills a blank of the approved words; expected_fixed_by takes a time, as --next-update does"
_BODY = 'what customers read, in Markdown; "-" reads it from the standard input'


def add_acts(parser: ArgumentParser) -> None:
    """Add what may be done, each act with its options."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    opening = acts.add_parser("open", help="open an incident with its first update")
    opening.add_argument("--title", help="one line: what fails, for whom")
    names = ", ".join(label.replace(" · ", " ") for label in Severity.labels)
    opening.add_argument("--severity", choices=Severity.values, help=f"inside: {names}")
    opening.add_argument("--template", metavar="NAME", help="an approved template: title, severity, words, type")
    opening.add_argument("--type", metavar="NAME", help="a type of the site's list, for ourselves")
    opening.add_argument("--owner", metavar="USERNAME", help="who sees to it; default: --by")
    opening.add_argument("--internal", action="store_true", help="nobody outside reads of it; see make-public")
    _add_update(opening)
    update = acts.add_parser("update", help="add an update to an incident or a maintenance")
    update.add_argument("incident", metavar="ID")
    _add_update(update)
    update.add_argument("--at", metavar="TIME", help="when it happened: 2026-11-21 14:05 in the page's zone")
    update.add_argument("--quiet", action="store_true", help="show it, and write to nobody")
    update.add_argument("--after-end", action="store_true", help="a word after the end, which stays as it is")
    resolve = acts.add_parser("resolve", help="close an incident, or complete a maintenance")
    resolve.add_argument("incident", metavar="ID")
    _add_update(resolve, with_status=False)
    life.add_update_acts(acts.add_parser, _add_update)
    recall = acts.add_parser("recall", help="send no more of an announcement")
    recall.add_argument("announcement", metavar="ANNOUNCEMENT")
    recall.add_argument("--reason", default=NO_REASON, help="for ourselves; customers do not see it")
    _add_common(recall)
    editing = acts.add_parser("edit-update", help="put the words of an update right, and write to nobody")
    edited.add_arguments(editing)
    _add_common(editing)
    life.add_edit(acts.add_parser, _add_common)
    for reshaped in reshaping.add_acts(acts):
        _add_publishing(reshaped)


def _add_update(parser: ArgumentParser, with_status: bool = True) -> None:
    if with_status:
        parser.add_argument("--status", help="default: investigating, later as it is")
        parser.add_argument("--next-update", metavar="WHEN", help=_WHEN)
    parser.add_argument("--body", help=_BODY)
    parser.add_argument(
        "--component", metavar="NAME=STATUS", action="append", default=[], help="repeat it; GROUP/NAME works too"
    )
    parser.add_argument("--set", metavar="BLANK=TEXT", action="append", default=[], help=_SET)
    parser.add_argument(
        "--corrects",
        metavar="ANNOUNCEMENT",
        help="a recalled one; who got that hears this first, its promise goes along",
    )
    _add_publishing(parser)


def _add_publishing(parser: ArgumentParser) -> None:
    parser.add_argument("--anyway", action="store_true", help="publish though the words name another time, or an end")
    parser.add_argument("--key", help="the same key publishes once, however often it is run")
    _add_common(parser)


def _add_common(parser: ArgumentParser) -> None:
    parser.add_argument("--by", metavar="USERNAME", help="who does it; default: the command line")
    parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do nothing")
