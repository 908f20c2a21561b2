"""What the nodes counted during one play of a bag, and what got lost on the way."""

from __future__ import annotations

from collections.abc import Mapping

Reports = Mapping[str, Mapping[str, float]]  # status name of /diagnostics -> its numbers

PAIRING = "people_node: pairing"
COUNTED = ("sweeps", "frames", "paired", "lone_sweeps", "lone_frames", "surplus_frames", "late")
WORKERS = ("people_node: processing", "identity_node: processing")
LOSSES = ("dropped", "failed", "unmatched")


def play_counts(before: Reports, after: Reports, sent: Mapping[str, int]) -> dict[str, int]:
    """The counts of one play from the reports before and after it; sent: "sweeps" and "frames" in the bag.

    dropped: messages that never reached people_node (lost), came too late, or were given up by a node
    """

    def grown(report: str, key: str) -> int:
        return int(after.get(report, {}).get(key, 0) - before.get(report, {}).get(key, 0))

    counts = {key: grown(PAIRING, key) for key in COUNTED}
    counts["lost"] = sum(max(0, sent[key] - counts[key]) for key in ("sweeps", "frames"))
    given_up = sum(grown(worker, key) for worker in WORKERS for key in LOSSES)
    counts["dropped"] = counts["lost"] + counts["late"] + given_up
    return counts
