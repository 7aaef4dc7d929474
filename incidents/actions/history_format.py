"""One line of imported history -> a PastIncident, or the reason why not, in plain words. Knows no database."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError

from statuspage.lib.ids import PATTERN
from statuspage.lib.markdown import from_html, is_html
from statuspage.lib.text import validate_line, validate_text, without_marks

from ..enums import CLOSED, ComponentStatus, Impact, IncidentStatus, MaintenanceStatus, Severity
from ..models.fields import BODY_LENGTH, TITLE_LENGTH
from .history import PastIncident, PastUpdate

Line = dict[str, Any]  # as the JSON has it: nothing in it is sure
_SOURCE_ID_LENGTH = 64
_STATUSES = {
    True: {label.lower(): value for value, label in MaintenanceStatus.choices},
    False: {label.lower(): value for value, label in IncidentStatus.choices},
}
_SEVERITY = {
    Impact.CRITICAL: Severity.P1,
    Impact.MAJOR: Severity.P2,
    Impact.MINOR: Severity.P3,
    Impact.NONE: Severity.P4,
    Impact.MAINTENANCE: Severity.P4,
}
_COMPONENT_STATUS = {
    Impact.CRITICAL: ComponentStatus.MAJOR_OUTAGE,
    Impact.MAJOR: ComponentStatus.PARTIAL_OUTAGE,
    Impact.MINOR: ComponentStatus.DEGRADED_PERFORMANCE,
    Impact.NONE: ComponentStatus.OPERATIONAL,
    Impact.MAINTENANCE: ComponentStatus.UNDER_MAINTENANCE,
}


class BrokenLine(Exception):
    """A line that cannot be imported; the text says why, for the person who will mend the file."""


def parse(data: Line, *, now: datetime) -> PastIncident:
    """The incident that the line's object tells of. Raises BrokenLine."""
    impact = _impact(data)
    is_maintenance = impact == Impact.MAINTENANCE
    started_at, resolved_at = _span(data, "started_at", "resolved_at", now)
    updates = _updates(data, is_maintenance, now)
    return PastIncident(
        source_id=_source_id(data),
        public_id=_public_id(data),
        title=_line(_required(data, "title"), "title"),
        impact=impact,
        severity=_SEVERITY[impact],
        started_at=started_at,
        resolved_at=resolved_at,
        updates=updates,
        components=dict.fromkeys(_components(data), _COMPONENT_STATUS[impact]),
        window=_window(updates, started_at, resolved_at) if is_maintenance else None,
        downtime=_downtime(data, now),
    )


def changes(data: Line) -> Iterator[str]:
    """Yield what of a line that parses is kept otherwise than it stands there, once for each place."""
    for text in (data["title"], *(data.get("components") or [])):
        if without_marks(text) != text:
            yield "invisible marks taken out"
    is_maintenance = data["impact"] == Impact.MAINTENANCE
    for entry in data["updates"]:
        word = _word(entry["status"])
        if word != "update" and word not in _STATUSES[is_maintenance]:
            yield f"status “{entry['status'].strip()}”, unknown here: kept under the status before it"
        if without_marks(entry["message"]) != entry["message"]:
            yield "invisible marks taken out"
        if is_html(entry["message"]):
            yield "HTML of another page, kept as Markdown"


def read(line: bytes) -> Line:
    """The JSON object of a line. Raises BrokenLine."""
    try:
        data = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BrokenLine(f"it is not UTF-8 text (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise BrokenLine(f"it is not JSON ({error.msg} at character {error.pos + 1})") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets a thousand deep
        raise BrokenLine(f"it is not sensible JSON ({error})") from None
    if not isinstance(data, dict):
        raise BrokenLine("it is not a JSON object")
    return data


def _required(data: Line, key: str, where: str = "") -> Any:
    if data.get(key) is None:
        raise BrokenLine(f"{where}{key} is missing")
    return data[key]


def _checked(value: object, name: str, limit: int, validate: Callable[[str], None]) -> str:
    if not isinstance(value, str):
        raise BrokenLine(f"{name} is not text")
    value = without_marks(value)
    if not value.strip():
        raise BrokenLine(f"{name} is empty")
    if len(value) > limit:
        raise BrokenLine(f"{name} has {len(value):,} characters, {limit:,} are possible")
    try:
        validate(value)
    except ValidationError as error:
        raise BrokenLine(f"{name}: {' '.join(error.messages)}") from None
    return value


def _line(value: object, name: str, limit: int = TITLE_LENGTH) -> str:
    return _checked(value, name, limit, validate_line)


def _source_id(data: Line) -> str:
    value = _required(data, "id")
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return _line(str(value) if is_number else value, "id", _SOURCE_ID_LENGTH)


def _public_id(data: Line) -> str:
    """The last part of the address, kept so that old links live on."""
    last = _line(_required(data, "url"), "url", 500).rstrip("/").rpartition("/")[2]
    if not PATTERN.fullmatch(last):
        raise BrokenLine(f"url does not end in a 12-character id, but in {last[:40]!r}")
    return last


def _impact(data: Line) -> Impact:
    value = _required(data, "impact")
    if value not in Impact.values:
        raise BrokenLine(f"impact {value!r:.40} is unknown; it is one of {', '.join(Impact.values)}")
    return Impact(value)


def _time(data: Line, key: str, now: datetime, where: str = "") -> datetime:
    value = _required(data, key, where)
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise BrokenLine(f"{where}{key} {value} names no time zone")
        moment = moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise BrokenLine(f"{where}{key} {value!r:.40} is not a time like 2024-03-01T14:39:00Z") from None
    if moment > now:
        raise BrokenLine(f"{where}{key} {value} is in the future; only what is over can be imported")
    return moment


def _span(data: Line, begin: str, end: str, now: datetime) -> tuple[datetime, datetime]:
    span = _time(data, begin, now), _time(data, end, now)
    if span[1] < span[0]:
        raise BrokenLine(f"{end} {data[end]} is before {begin} {data[begin]}")
    return span


def _downtime(data: Line, now: datetime) -> tuple[datetime, datetime] | None:
    """Return the begin and end that a review found out later, where it did."""
    if data.get("downtime_start") is None or data.get("downtime_end") is None:
        return None
    return _span(data, "downtime_start", "downtime_end", now)


def _components(data: Line) -> list[str]:
    names = data.get("components") or []
    if not isinstance(names, list):
        raise BrokenLine("components is not a list of names")
    return [_line(name, f"component {number}") for number, name in enumerate(names, start=1)]


def _updates(data: Line, is_maintenance: bool, now: datetime) -> list[PastUpdate]:
    """Oldest first; updates of one minute stay in the order of the file."""
    entries = _required(data, "updates")
    if not (isinstance(entries, list) and entries and all(isinstance(entry, dict) for entry in entries)):
        raise BrokenLine("updates is not a list of at least one update")
    parsed = []
    for number, entry in enumerate(entries, start=1):
        where = f"update {number}: "
        body = _message(_required(entry, "message", where), f"{where}message")
        parsed.append((_time(entry, "at", now, where), _status(entry, is_maintenance, where), body))
    status: str = MaintenanceStatus.SCHEDULED if is_maintenance else IncidentStatus.INVESTIGATING
    updates = []
    for at, said, body in sorted(parsed, key=lambda update: update[0]):
        status = said or status
        updates.append(PastUpdate(at=at, status=status, body=body))
    return updates


def _message(value: object, name: str) -> str:
    """Return the text as Markdown, whether it is that or HTML."""
    message = _checked(value, name, BODY_LENGTH, validate_text)
    if not is_html(message):
        return message
    return _checked(from_html(message), name, BODY_LENGTH, validate_text)


def _word(status: str) -> str:
    return without_marks(status).strip().lower().replace("_", " ")


def _status(entry: Line, is_maintenance: bool, where: str) -> str | None:
    """The status that an update names; None for "Update" and for a word of another program, such as "Postmortem"."""
    value = _line(_required(entry, "status", where), f"{where}status", 40)
    word = _word(value)
    if word in _STATUSES[not is_maintenance] and word not in _STATUSES[is_maintenance]:
        kind = "a maintenance" if is_maintenance else "an incident"
        raise BrokenLine(f"{where}status {value!r} is unknown for {kind}")
    return _STATUSES[is_maintenance].get(word)


def _window(updates: list[PastUpdate], started_at: datetime, resolved_at: datetime) -> tuple[datetime, datetime]:
    """Return when the work went on: from In progress to the closing word."""
    begin = next((u.at for u in updates if u.status == MaintenanceStatus.IN_PROGRESS), started_at)
    end = next((u.at for u in updates if u.status in CLOSED), resolved_at)
    if end <= begin:
        raise BrokenLine("the maintenance ends before it begins")
    return begin, end
