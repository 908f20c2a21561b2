"""Put a calibration into a weight file, from clips of the walking world or from a packed data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sgcross_core.model import ModelFile, save
from training.augment import AugmentConfig
from training.calibrate import calibrate, cohort_of
from training.data.store import Store
from training.dataset import Clips
from training.embed import ClipEmbeddings, embed_clips
from training.evaluation.embed import Embedded, embed_store
from training.files import written_whole
from training.networks import load_any

COHORT_CLIPS = 8  # of each person of the training, averaged
FEWEST, MOST = 10, 200  # people of a data set's test to calibrate with


def calibrate_by_clips(path: Path, data: Path, disturb: AugmentConfig) -> None:
    """Store the calibration by disturbed clips of DATA/val: the robot sees no clean ones.

    The cohort are people of DATA/train: nobody of them is ever enrolled, and there are many.
    """
    model = load_any(path)
    train, val = (
        embed_clips(model.net, clips, disturb)
        for clips in (Clips.open(data / "train").some(COHORT_CLIPS), Clips.open(data / "val"))
    )
    _calibrated(path, model, train, val)


def calibrate_by_store(path: Path, store: Store) -> Embedded:
    """Store the calibration by people of a data set's test, at most MOST; recordings show errors as they are.

    The cohort are those who train. Gives the embeddings of the whole test, for the tables that are made of
    them. ValueError with fewer than FEWEST people of two sequences or more.
    """
    test, train = store.only("test"), store.only("train").some(COHORT_CLIPS)
    chosen, model = _calibrating(test), load_any(path)
    found, cohort = embed_store(model.net, test), embed_store(model.net, train)
    val = ClipEmbeddings(found.templates(), test.person, halves(test), test.view).select(chosen)
    walks = ClipEmbeddings(cohort.templates(), train.person, train.walk, train.view)
    _calibrated(path, model, walks, val)
    return found


def halves(store: Store) -> NDArray[np.int64]:
    """Which walk of its person each sequence counts for, (N,): 0 for a template, 1 for a probe.

    Of a person of several types the first, 00-nm on SUSTech1K, is walk 0; otherwise the first half is.
    """
    walk = np.zeros(len(store), np.int64)
    for who in store.people():
        own = np.flatnonzero(store.person == who)
        several = store.walk[own].any()
        walk[own] = store.walk[own] > 0 if several else np.arange(len(own)) >= (len(own) + 1) // 2
    return walk


def _calibrating(store: Store) -> NDArray[np.bool_]:
    """Which sequences serve, (N,): all of so many people who have a template and a probe."""
    walk = halves(store)
    usable = np.array([who for who in store.people() if len(np.unique(walk[store.person == who])) == 2])
    if len(usable) < FEWEST:
        raise ValueError(
            f"a calibration needs at least {FEWEST} people of the test with two sequences or more; "
            f"the store has {len(usable)}"
        )
    return np.isin(store.person, np.random.default_rng(0).permutation(usable)[:MOST])


def _calibrated(path: Path, model: ModelFile, train: ClipEmbeddings, val: ClipEmbeddings) -> None:
    cohort = cohort_of(train)
    shipped = {modality: torch.from_numpy(rows) for modality, rows in cohort.items()}
    found, command = calibrate(val, cohort).to_json(), model.command
    written_whole(path, lambda part: save(part, model.net, found, shipped, command, model.prototypes))
