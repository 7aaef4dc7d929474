#!/usr/bin/env bash
# ical.js 2.2.1, node-ical 0.26.1 (npm); recurring-ical-events 3.8.2 with icalendar 7.3.2 (PyPI).
#
# An event from 01:00 to 04:00 in Europe/Berlin, given by DTSTART and DTEND, recurs daily. RFC 5545 (3.8.5.3) says that
# with DTEND each lasts exactly as long as the first: three hours, until 05:00 on the day on which clocks go forward and
# until 03:00 on the day on which they go back. node-ical does so. ical.js and recurring-ical-events let each end at 04:00
# by the clock: two hours in spring, four in autumn. Whoever subscribes to one calendar with two programs is told two
# ends of the same work. So a window of ours that recurs is an event of its own each time, with both ends as instants, and
# no RRULE is ever written.
#
# Seen:
#   ical.js 2027-03-28 2 h, 2027-10-31 4 h
#   node-ical 2027-03-28 3 h, 2027-10-31 3 h
#   recurring-ical-events 2027-03-28 2 h, 2027-10-31 4 h
set -euo pipefail
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
npm install --silent --no-fund --no-audit ical.js@2.2.1 node-ical@0.26.1 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check recurring-ical-events==3.8.2 icalendar==7.3.2 2>/dev/null
for month in 03 10; do
    cat >"$month.ics" <<CALENDAR
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//status.example//planned work//EN
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1@status.example
DTSTAMP:20261201T000000Z
DTSTART;TZID=Europe/Berlin:2027${month}20T010000
DTEND;TZID=Europe/Berlin:2027${month}20T040000
RRULE:FREQ=DAILY
SUMMARY:Database upgrade
END:VEVENT
END:VCALENDAR
CALENDAR
    sed -i 's/$/\r/' "$month.ics"
done
cat >read.mjs <<'SCRIPT'
import fs from "fs";
import ICAL from "ical.js";
import ical from "node-ical";

const DAYS = { "03": "2027-03-28", "10": "2027-10-31" };
const hours = (begin, end) => (end - begin) / 3_600_000;

function byIcalJs(text, day) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.register(new ICAL.Timezone(calendar.getFirstSubcomponent("vtimezone")));
  const event = new ICAL.Event(calendar.getFirstSubcomponent("vevent"));
  const starts = event.iterator();
  for (let start = starts.next(); start; start = starts.next()) {
    if (!start.toString().startsWith(day)) continue;
    const one = event.getOccurrenceDetails(start);
    return hours(one.startDate.toJSDate(), one.endDate.toJSDate());
  }
}

function byNodeIcal(text, day) {
  const event = Object.values(ical.sync.parseICS(text)).find((one) => one.type === "VEVENT");
  const noon = Date.parse(`${day}T12:00Z`);
  const found = ical.expandRecurringEvent(event, { from: new Date(noon - 24 * 3_600_000), to: new Date(noon) });
  const one = found.find(({ start }) => start.getTime() > noon - 14 * 3_600_000);
  return hours(one.start, one.end);
}

for (const [name, read] of [["ical.js", byIcalJs], ["node-ical", byNodeIcal]]) {
  const said = Object.entries(DAYS).map(([month, day]) => `${day} ${read(fs.readFileSync(`${month}.ics`, "utf8"), day)} h`);
  console.log(`${name} ${said.sort().join(", ")}`);
}
SCRIPT
cat >read.py <<'SCRIPT'
from datetime import UTC, date
from pathlib import Path

import icalendar
import recurring_ical_events

said = []
for month, day in (("03", date(2027, 3, 28)), ("10", date(2027, 10, 31))):
    calendar = icalendar.Calendar.from_ical(Path(f"{month}.ics").read_bytes())
    (one,) = recurring_ical_events.of(calendar).at(day)
    lasts = one["DTEND"].dt.astimezone(UTC) - one["DTSTART"].dt.astimezone(UTC)
    said.append(f"{day} {lasts.total_seconds() / 3600:.0f} h")
print("recurring-ical-events", ", ".join(said))
SCRIPT
(node read.mjs && venv/bin/python read.py) | tee seen
diff - seen <<'SEEN'
ical.js 2027-03-28 2 h, 2027-10-31 4 h
node-ical 2027-03-28 3 h, 2027-10-31 3 h
recurring-ical-events 2027-03-28 2 h, 2027-10-31 4 h
SEEN
