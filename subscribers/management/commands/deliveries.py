import json
import sys
import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents.models import Site
from subscribers.board.as_text import as_data, as_lines
from subscribers.board.board import Board, board

PAUSE_SECONDS = 2
_CLEAR = "\x1b[H\x1b[2J"


class Command(BaseCommand):
    help = "Where deliveries stand: of the newest announcements, or of one. The operator's board in a terminal."

    def add_arguments(self, parser):
        parser.add_argument("announcement", nargs="?", default="", help="the id of one announcement")
        parser.add_argument("--json", action="store_true", help="for a program")
        parser.add_argument("--watch", action="store_true", help="look again until nothing moves; Ctrl-C ends it")

    def handle(self, *, announcement: str, watch: bool, **options):
        with timezone.override(Site.load().zone):
            while True:
                found = self._look(announcement)
                self._show(found, watch=watch, **options)
                if not watch or found.is_settled:
                    return
                try:
                    time.sleep(PAUSE_SECONDS)
                except KeyboardInterrupt:
                    return

    def _look(self, announcement: str) -> Board:
        found = board(at=timezone.now(), only=announcement, budget_seconds=float("inf"))
        if announcement and not found.rows:
            raise CommandError(f"There is no announcement {announcement}. Without an id the newest are listed.")
        return found

    def _show(self, found: Board, *, json: bool, watch: bool, **options) -> None:
        if json:
            self.stdout.write(_one_line(found))
            return
        clear = _CLEAR if watch and sys.stdout.isatty() else ""
        self.stdout.write(clear + "\n".join(as_lines(found)))


def _one_line(found: Board) -> str:
    return json.dumps(as_data(found), ensure_ascii=False)
