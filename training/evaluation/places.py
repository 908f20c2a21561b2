"""At which place of a gallery, sorted by distance, a probe finds its own identity.

Of equal distances the wrong identity comes first: a network that gives everybody the same embedding
recognises nobody, and no figure depends on the order of the gallery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.distance import METRICS, Distances, Parts

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """Of N probes in G galleries, each float64 (N, G).

    first: place 1, 2, ... of the first own item; inf where the gallery has none
    precision: average precision; penalty: inverse negative penalty, own items over the place of the last of
    them (Ye et al., arXiv 2001.04193); both 0 where the gallery has none
    """

    first: Floats
    precision: Floats
    penalty: Floats


def find_places(
    probes: Parts,
    probe_who: Codes,
    gallery: Parts,
    gallery_who: Codes,
    galleries: Sequence[Codes],
    metric: str,
) -> Places:
    """Places of probes, (N, P, D), whose identities are probe_who, (N,).

    galleries: rows of the gallery, (M, P, D), that form each of the G galleries; one may be empty
    ValueError for an unknown metric, unlike embeddings or numbers that are not finite.
    """
    if metric not in METRICS:
        raise ValueError(f"metric must be one of {', '.join(METRICS)}; got {metric!r}")
    if probes.shape[1:] != gallery.shape[1:]:
        raise ValueError(f"probes have parts {probes.shape[1:]}, the gallery has {gallery.shape[1:]}")
    for name, parts in (("probes", probes), ("gallery", gallery)):
        if bad := int((~np.isfinite(parts)).sum()):
            raise ValueError(f"embeddings of {name} must be finite; {bad} numbers are not")
    found = np.empty((3, len(probes), len(galleries)))
    for rows, distances in METRICS[metric](probes, gallery):
        for k, columns in enumerate(galleries):
            found[:, rows, k] = ranked(distances[:, columns], probe_who[rows], gallery_who[columns])
    return Places(*found)


def ranked(distances: Distances, probe_who: Codes, gallery_who: Codes) -> Floats:
    """float64 (3, N): first, precision and penalty (see Places) by distances (N, M)."""
    columns, there = _own(probe_who, gallery_who)  # (N, K)
    result = np.zeros((3, len(distances)))
    result[0] = np.inf
    if columns.shape[1] == 0:
        return result
    own = np.where(there, np.take_along_axis(distances, columns, axis=1), np.inf)
    own.sort(axis=1)
    count, precision = there.sum(axis=1), result[1]
    for k in range(own.shape[1]):
        has = k < count
        nearest = own[:, k : k + 1]
        wrong = (distances <= nearest).sum(axis=1) - (own <= nearest).sum(axis=1)
        place = wrong + k + 1.0
        if k == 0:
            result[0, has] = place[has]
        precision[has] += (k + 1) / place[has]
        result[2, has] = (k + 1) / place[has]  # the last one stays
    precision /= np.maximum(count, 1)
    return result


def _own(probe_who: Codes, gallery_who: Codes) -> tuple[Codes, NDArray[np.bool_]]:
    """Gallery columns of each probe's identity, (N, K), and which of them are there, not filled up."""
    order = np.argsort(gallery_who, kind="stable")
    ranked_who = gallery_who[order]
    first = np.searchsorted(ranked_who, probe_who, "left")
    count = np.searchsorted(ranked_who, probe_who, "right") - first
    step = np.arange(count.max(initial=0))
    place = np.minimum(first[:, None] + step, max(len(order) - 1, 0))
    return order[place] if len(order) else place, step < count[:, None]
