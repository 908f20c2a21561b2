"""FreeGait's protocol: the probes that the partition lists, against all other test sequences.

Views do not matter, and a sequence may be found by one of the same view. A probe whose identity is not in the
gallery counts nowhere but in `lost`, as in the published figures.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluation.distance import Parts
from training.evaluation.embed import Embedded
from training.evaluation.figures import Figures, Pairing, pairings
from training.evaluation.places import find_places

RANKS = (1, 5, 10)
NAMES = (*(f"rank{k}" for k in RANKS), "mAP", "mINP")
PROBE_SET = "PROBE_SET"
MOST_OF_CURVE = 20


def read_probes(path: Path) -> frozenset[str]:
    """The probe sequences of a partition, like "0001-devid_3-seq_00_new"; ValueError when it has none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))[PROBE_SET]
    except (ValueError, LookupError, TypeError) as problem:
        raise ValueError(f"{path} must be JSON with {PROBE_SET}: {problem!r}") from None
    if not isinstance(found, list) or not found or not all(isinstance(name, str) for name in found):
        raise ValueError(f"{path}: {PROBE_SET} must be a list of sequences like '0001-devid_3-seq_00_new'")
    return frozenset(found)


def freegait(embedded: Embedded, probes: frozenset[str], metric: str) -> list[Pairing]:
    """All four pairings of sensors; ValueError when no sequence is a probe, or all are."""
    probe = listed(embedded, probes)
    _, who = np.unique(embedded.identity, return_inverse=True)

    def figures(by: Parts, among: Parts) -> dict[str, Figures]:
        everyone = [np.arange((~probe).sum())]
        places = find_places(by[probe], who[probe], among[~probe], who[~probe], everyone, metric)
        first = places.first[:, 0]
        kept = np.isfinite(first)
        mean = {f"rank{k}": _mean(first[kept] <= k) for k in RANKS}
        mean |= {"mAP": _mean(places.precision[kept]), "mINP": _mean(places.penalty[kept])}
        cmc = [_mean(first[kept] <= k) for k in range(1, MOST_OF_CURVE + 1)]
        return {"overall": Figures(len(first), int((~kept).sum()), mean, cmc=cmc)}

    return pairings(lambda by, among: figures(embedded.of[by], embedded.of[among]))


def listed(embedded: Embedded, probes: frozenset[str]) -> NDArray[np.bool_]:
    """bool (N,): which sequences are probes; ValueError when none is, or all are."""
    names = zip(embedded.identity, embedded.type, embedded.view, strict=True)
    keys = ["-".join(map(str, name)) for name in names]
    probe = np.array([key in probes for key in keys])
    if probe.all() or not probe.any():
        raise ValueError(
            f"{probe.sum()} of {len(keys)} sequences are in {PROBE_SET}, so there is nothing to compare; "
            f"sequences are named like {keys[0]!r}, probes like {min(probes)!r}"
        )
    return probe


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
