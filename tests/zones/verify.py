"""The switches of `selvedge release simulate --tz all --around dst --json`, by Python's own reading of the same time zones.

It takes the lines on standard input, and the first and the last year. Each switch must be where Python puts the local time: a time
that the clocks skip is read with the offset before the change, one that they show twice is the first. Every zone of the database
must be there, and around each change of its clocks there must be switches on both sides.
"""

import importlib.resources
import json
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone

zoneinfo.reset_tzpath([])
HOUR = timedelta(hours=1)


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def changes(zone, start, end):
    """The moments at which the offset of a zone changes, to the second."""
    found, at, step = [], start, timedelta(days=1)

    def offset(when):
        return when.astimezone(zone).utcoffset()

    while at < end:
        low, high = at, at + step
        if offset(low) != offset(high):
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            found.append(high)
        at += step
    return found


def main(first, last):
    names = importlib.resources.files("tzdata").joinpath("zones").read_text().split()
    version = importlib.resources.files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text().split("\n")[0]
    start, end = datetime(first, 1, 1, tzinfo=timezone.utc), datetime(last + 1, 1, 1, tzinfo=timezone.utc)
    rows, wrong = {}, 0
    for line in sys.stdin:
        row = json.loads(line)
        zone = zoneinfo.ZoneInfo(row["zone"])
        wanted = datetime.fromisoformat(row["written"]).replace(tzinfo=zone).astimezone(timezone.utc)
        rows.setdefault(row["zone"], []).append(wanted)
        if moment(row["utc"]) != wanted or not row["once"]:
            wrong += 1
            print(f"{row['zone']}: {row['written']} is {wanted}, not {row['utc']}", file=sys.stderr)
    missing = [name for name in names if name not in rows]
    total = 0
    for name in names:
        for change in changes(zoneinfo.ZoneInfo(name), start, end):
            total += 1
            near = [wanted for wanted in rows.get(name, []) if abs(wanted - change) <= 2 * HOUR]
            if not (any(wanted < change for wanted in near) and any(wanted >= change for wanted in near)):
                wrong += 1
                print(f"{name}: no switches around the change of {change}", file=sys.stderr)
    count = sum(map(len, rows.values()))
    print(
        f"Python, {version.strip('# ')}: {len(names)} zones, {len(missing)} missing; {total} changes of clocks; "
        f"{count} switches, {wrong} wrong"
    )
    return int(bool(wrong or missing or not count))


sys.exit(main(*map(int, sys.argv[1:3])))
