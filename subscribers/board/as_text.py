"""The operator's board for a terminal: as lines, and as JSON for a program."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from django.utils import timezone

from incidents.models import Announcement

from ..templatetags.support import clock, in_words, next_look, not_arrived, pace, skip_cause
from .board import Board
from .tally import AnnouncementProgress, ChannelProgress


def as_data(board: Board) -> dict:
    """Everything the board knows, of JSON's types."""
    return {
        "waiting": [
            {
                "channel": backlog.channel.value,
                "waiting": backlog.waiting,
                "oldest_due_seconds": backlog.oldest_due and round(backlog.oldest_due.total_seconds(), 1),
            }
            for backlog in board.backlogs
        ],
        "pauses": [
            {"id": pause.pk, "scope": pause.scope, "reason": pause.reason, "paused_at": _moment(pause.paused_at)}
            for pause in board.pauses
        ],
        "providers_down": [_breaker(breaker) for breaker in board.breakers],
        "not_offered": [
            {"channel": one.channel.value, "readers": one.readers, "waiting": one.waiting} for one in board.unreached
        ],
        "announcements": [_announcement(row.announcement, row.progress) for row in board.rows if row.progress],
    }


def _breaker(breaker) -> dict:
    return {
        "channel": breaker.channel,
        "is_refusal": breaker.is_refusal,
        "reason": breaker.reason,
        "since": _moment(breaker.since),
        "failures": breaker.failures,
        "left_alone_seconds": max(round(breaker.left.total_seconds(), 1), 0),
    }


def _announcement(announcement: Announcement, progress: AnnouncementProgress) -> dict:
    return {
        "announcement": announcement.public_id,
        "incident": announcement.incident.public_id,
        "title": announcement.title,
        "status": announcement.status,
        "severity": announcement.severity,
        "published_at": _moment(announcement.published_at),
        "is_recalled": announcement.is_recalled,
        "is_listed": progress.is_listed,
        "is_settled": progress.is_settled,
        "channels": [_channel(part) for part in progress.channels],
    }


def _channel(part: ChannelProgress) -> dict:
    return {
        "channel": part.channel.value,
        **part.numbers,
        "skipped_because": part.skipped,
        "possibly_doubled": part.doubles,
        "sent_per_second": round(part.rate, 2),
        "seconds_left": part.time_left and round(part.time_left.total_seconds(), 1),
        "first_sent_at": _moment(part.first_sent_at),
        "oldest_waiting_at": _moment(part.oldest_waiting_at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def as_lines(board: Board) -> list[str]:
    """The board as a person reads it; times in the current zone."""
    lines = [f"PAUSED {pause.scope}: {pause.reason}" for pause in board.pauses]
    lines += [_down(breaker) for breaker in board.breakers]
    lines += [f"NOT OFFERED {one}" for one in board.unreached]
    if board.held:
        lines.append(f"HELD {board.held:,} reported as dead, complaining or stopped: somebody must decide in the admin")
    lines += [f"FAILED {not_arrived(board)}"] if board.failed else []
    lines += [_backlog(backlog) for backlog in board.backlogs] or ["Nothing waits."]
    for row in board.rows:
        if row.progress:
            lines += ["", _head(row.announcement), *_table(row.progress, board.columns)]
    return lines


def _down(breaker) -> str:
    looks = f"{breaker.failures:,} look{'s' if breaker.failures > 1 else ''} failed"
    return f"{breaker} (since {clock(breaker.since)}, {looks}, {next_look(breaker)})"


def _backlog(backlog) -> str:
    late = f", the oldest due for {in_words(backlog.oldest_due)}" if backlog.oldest_due else ""
    return f"{backlog.channel.label}: {backlog.waiting:,} waiting{late}"


def _head(announcement: Announcement) -> str:
    words = [f"{announcement.public_id} of incident {announcement.incident.public_id}"]
    words += [f"{timezone.localtime(announcement.published_at):%Y-%m-%d %H:%M %Z}"]
    words += [announcement.severity, f"[{announcement.status_label}] {announcement.title}"]
    return "  ".join([*words, *(["RECALLED"] if announcement.is_recalled else [])])


def _table(progress: AnnouncementProgress, columns: Iterable[str]) -> list[str]:
    if not progress.channels:
        return ["  nobody to tell" if progress.is_listed else "  making the list of who hears it"]
    failed = [f"  {not_arrived(progress)}"] if progress.failed else []
    head = "".join(f" {name:>9}" for name in columns)
    lines = [[_line(part, columns), *_notes(part)] for part in progress.channels]
    return [*failed, f"  {'':7}{head}", *chain.from_iterable(lines)]


def _line(part: ChannelProgress, columns: Iterable[str]) -> str:
    cells = "".join(f" {part.numbers[name]:>9,}" for name in columns)
    extra = [pace(part.rate)] if part.rate and part.waiting else []
    extra += [f"about {in_words(part.time_left)} left"] if part.time_left else []
    extra += [f"{part.doubles:,} possibly doubled"] if part.doubles else []
    return f"  {part.channel.label:7}{cells}  {', '.join(extra)}".rstrip()


def _notes(part: ChannelProgress) -> list[str]:
    """Why some were put off, and why others are not sent."""
    notes = [f"{number:,} not sent: {skip_cause(cause)}" for cause, number in part.skipped.items()]
    if part.deferred:
        again = clock(part.next_attempt_at) if part.next_attempt_at else ""
        notes = [f"{part.deferred:,} tried again, the next at {again}: {part.waits_because}".rstrip(": "), *notes]
    return [f"  {'':7} {note}" for note in notes]
