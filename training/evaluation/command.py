"""`sgcross evaluate WEIGHTS --store STORE`: the papers' figures of a packed data set's test identities."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from sgcross_core.identity.calibration import PAIRS
from training.calibrate_weights import calibrate_by_store
from training.centre import sensor_means
from training.data.store import Store
from training.evaluation.distance import METRICS
from training.evaluation.embed import Embedded, embed_store
from training.evaluation.freegait import freegait, listed, read_probes
from training.evaluation.open_set import FEWEST, OpenSet, nearest_each, open_set
from training.evaluation.report import Evaluation
from training.evaluation.sustech1k import roles, sustech1k
from training.networks import load_any

PROTOCOLS = ("sustech1k", "freegait")


def add_store_options(parser: argparse.ArgumentParser) -> None:
    """What goes with --store."""
    group = parser.add_argument_group("with --store")
    group.add_argument("--protocol", choices=PROTOCOLS, default=PROTOCOLS[0], help="(%(default)s)")
    group.add_argument("--metric", choices=[*METRICS], default="cosine", help="of parts (%(default)s)")
    group.add_argument(
        "--centred", action="store_true",
        help="count each sensor's parts from their mean over the store's people who train",
    )  # fmt: skip
    group.add_argument("--probes", type=Path, metavar="FILE.json", help="partition with FreeGait's PROBE_SET")


def evaluate_store(arguments: argparse.Namespace, command: str) -> None:
    """Print the tables; with --report write FILE.md, FILE.json and FILE.png instead.

    ValueError for options that do not go together, and see Store.open and the protocols.
    """
    if (arguments.protocol == "freegait") != (arguments.probes is not None):
        raise ValueError("--probes FILE.json goes with --protocol freegait, and is needed there")
    torch.set_num_threads(arguments.threads)
    probes = read_probes(arguments.probes) if arguments.probes else None
    model, everybody = load_any(arguments.weights), Store.open(arguments.store)
    store, metric = everybody.only("test"), arguments.metric
    if arguments.calibrate:
        embedded = calibrate_by_store(arguments.weights, everybody)
    else:
        embedded = embed_store(model.net, store)
    if arguments.centred:
        embedded = embedded.centred(sensor_means(model.net, everybody))
    about = {
        "command": command,
        "protocol": arguments.protocol,
        "metric": f"{metric}, over {next(iter(embedded.of.values())).shape[1]} parts"
        + ", each sensor's counted from their mean" * arguments.centred,
        "weights": f"{model.hash}, trained by `{model.command}`",
        "identities": len(np.unique(store.identity)),
        "sequences": len(store),
        "camera": store.about["camera"],
        "LiDAR": store.about["lidar"],
    }
    found = freegait(embedded, probes, metric) if probes else sustech1k(embedded, metric)
    evaluation = Evaluation(about, found, open_sets(embedded, probes, metric))
    if arguments.report:
        evaluation.write(arguments.report)
        sys.stdout.write(f"{arguments.report}\n")
    else:
        sys.stdout.write(evaluation.to_markdown())


def open_sets(embedded: Embedded, probes: frozenset[str] | None, metric: str) -> list[OpenSet]:
    """Of all pairings, with the protocol's probes and gallery; none with too few identities."""
    if probes is None:
        probe, gallery = roles(embedded)
    else:
        probe = listed(embedded, probes)
        gallery = ~probe
    names, who = np.unique(embedded.identity[gallery], return_inverse=True)
    probe &= np.isin(embedded.identity, names)
    if len(names) < FEWEST:
        return []
    own = np.searchsorted(names, embedded.identity[probe])
    views = embedded.view[probe] if probes is None else None
    return [
        open_set(
            nearest_each(
                embedded.of[by][probe],
                views,
                embedded.of[among][gallery],
                embedded.view[gallery],
                who,
                metric,
            ),
            own,
        )
        for by, among in PAIRS
    ]
