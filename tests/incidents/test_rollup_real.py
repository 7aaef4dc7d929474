"""The roll-up against what real pages showed, snapshot by snapshot."""

from incidents.enums import ComponentStatus
from incidents.status import overall
from tests.incidents.real_summaries import snapshots


def said(summary):
    return summary["status"]["indicator"], summary["status"]["description"]


def computed(summary):
    return overall(ComponentStatus(row["status"]) for row in summary["components"] if not row["group"])


def test_the_roll_up_is_exact_for_every_real_summary():
    assert len(snapshots()) == 5322 + 8
    assert [s["page"] for s in snapshots() if computed(s) != said(s)] == []
