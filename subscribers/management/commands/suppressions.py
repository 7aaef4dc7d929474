import sys

from django.core.management.base import BaseCommand
from django.utils import timezone

from incidents.models import Actor, Site
from incidents.models.audit import nobody_is_called
from subscribers.delivery import suppression_review, suppressions
from subscribers.delivery.suppression_review import Group
from subscribers.management import person, terminal
from subscribers.management.terminal import Refused
from subscribers.models import Suppression

_DOUBTFUL = "doubtful"
_LIFT = {"may": "subscribers.lift_suppressions", "what": "lift suppressions"}


class Command(BaseCommand):
    help = (
        "Addresses that are not written to any more, by the reason: how many, on whose word, and what today's rule "
        "makes of it. Lifts a whole group, or one address. What an owner asked for, such as STOP, is never lifted here."
    )

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True, metavar="review|lift")
        review = acts.add_parser("review", help="list by reason; with --lift, lift by reason")
        review.add_argument(
            "--lift",
            metavar="GROUP",
            action="append",
            default=[],
            help=f'the id of a group, as listed; repeat it; "{_DOUBTFUL}": all that today\'s rule would not suppress',
        )
        self._add_common(review)
        lift = acts.add_parser("lift", help="write to one address again")
        lift.add_argument("address")
        self._add_common(lift)

    def _add_common(self, parser):
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--by", metavar="USERNAME", help="who does it; default: the command line")

    def handle(self, *, act: str, by: str | None, **options):
        try:
            with nobody_is_called("command line"), timezone.override(Site.load().zone):
                options["by"] = terminal.author(by, **_LIFT)
                getattr(self, f"_{act}")(**options)
        except Refused as refused:
            for line in refused.lines:
                self.stderr.write(line)
            sys.exit(1)

    def _review(self, *, lift: list[str], yes: bool, by: Actor, **options) -> None:
        found = suppression_review.groups()
        if not lift:
            return self._list(found)
        chosen = _chosen(found, lift)
        for group in chosen:
            self._say(group)
        number = sum(group.number for group in chosen)
        if chosen and self._is_sure(f"Write to these {number:,} again?", yes):
            for group in chosen:
                self._lift_group(group, by)
        elif not chosen:
            self.stdout.write("Nothing of this is doubtful.")

    def _list(self, found: list[Group]) -> None:
        for group in found:
            self._say(group)
        doubtful = sum(group.number for group in found if group.is_doubtful)
        self.stdout.write(f"{sum(group.number for group in found):,} suppressed, {doubtful:,} of them doubtful.")

    def _say(self, group: Group) -> None:
        said = [f"{group.id}  {group.number:,} {group.channel.label}", group.source.label]
        said += [f"{timezone.localtime(group.oldest):%Y-%m-%d} to {timezone.localtime(group.newest):%Y-%m-%d}"]
        said += [f"today: {group.today}"]
        self.stdout.write(f"{'  '.join(said)}\n    {group.words}")

    def _lift_group(self, group: Group, by: Actor) -> None:
        lifted = suppression_review.lift(group=group, by=by, at=timezone.now())
        self.stdout.write(
            f"{group.id}: {lifted.suppressions:,} lifted. {lifted.subscribers:,} of them are subscribed and hear from "
            f"the next update on; {lifted.deliveries:,} of their messages had failed or were left out."
        )

    def _lift(self, *, address: str, yes: bool, by: Actor, **options) -> None:
        found = Suppression.objects.filter(**person.address(address)._asdict()).first()
        if found is None:
            raise Refused(f"{address} is not suppressed.")
        if found.is_the_owner_s:
            raise Refused(f"{found}: what its owner asked for only its owner takes back.")
        self.stdout.write(f"{found} ({found.get_source_display()}, {timezone.localtime(found.created_at):%Y-%m-%d})")
        if self._is_sure("Write to it again?", yes) and suppressions.lift(suppression=found, by=by, at=timezone.now()):
            self.stdout.write("Lifted. Who unsubscribed stays unsubscribed.")

    def _is_sure(self, question: str, yes: bool) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise Refused("Nothing is lifted: nobody is there to be asked. --yes does it without asking.")
        if input(f"{question} [y/N] ").strip().lower() in ("y", "yes"):
            return True
        self.stdout.write("Nothing is lifted.")
        return False


def _chosen(found: list[Group], ids: list[str]) -> list[Group]:
    chosen = [group for group in found if group.id in ids or (_DOUBTFUL in ids and group.is_doubtful)]
    for unknown in set(ids) - {group.id for group in found} - {_DOUBTFUL}:
        raise Refused(f"--lift: There is no group {unknown}; `manage.py suppressions review` lists them.")
    for group in chosen:
        if group.is_the_owner_s:
            raise Refused(f"--lift: {group.id} is what owners asked for ({group.words}); only they take it back.")
    return chosen
