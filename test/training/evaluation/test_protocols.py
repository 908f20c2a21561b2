from __future__ import annotations

import json
import math

import numpy as np
import pytest

from sgcross_core.identity.calibration import PAIRS
from training.evaluation import Embedded, freegait, read_probes, sustech1k
from training.evaluation.sustech1k import PROBES, mean_over_views

VIEWS = ("000", "090", "180-far")
TYPES = ("00-nm", "01-nm", "01-bg", "02-cl", "03-oc", "04-nt")
METRICS = ("cosine", "euclidean")


def random_case(seed):
    """Few sequences, so that some views are empty and some identities are nowhere; half of them with ties."""
    rng = np.random.default_rng(seed)
    N = int(rng.integers(6, 24))
    type_, view, identity = rng.choice(TYPES, N), rng.choice(VIEWS, N), rng.choice(["a", "b", "c", "d"], N)
    type_[:2] = "00-nm", "01-nm"
    of = {}
    for modality in ("camera", "lidar"):
        if seed % 2:  # axes: their distances are exact, so equal ones are equal for every way to compute them
            of[modality] = np.eye(4, dtype=np.float32)[rng.integers(0, 4, (N, 2))]
        else:
            of[modality] = rng.standard_normal((N, 2, 4)).astype(np.float32)
    return Embedded(of, identity, type_, view)


def places(distances, who, gallery_who):
    order = sorted(range(len(distances)), key=lambda k: (distances[k], gallery_who[k] == who))
    return [n for n, k in enumerate(order, 1) if gallery_who[k] == who]


def distance(metric, a, b):
    a, b = a.astype(float), b.astype(float)
    if metric == "euclidean":
        return np.mean([math.dist(x, y) for x, y in zip(a, b, strict=True)])
    return 1 - np.mean([x @ y / (math.hypot(*x) * math.hypot(*y)) for x, y in zip(a, b, strict=True)])


def all_distances(of, metric, pair):
    return [[distance(metric, a, b) for b in of.of[pair[1]]] for a in of.of[pair[0]]]


def cell(of, distances, probes, gallery):
    """Figures of one (probe view, gallery view); None where there is nothing."""
    if not (probes and gallery):
        return None
    found = {name: [] for name in ("rank1", "rank2", "rank3", "rank4", "rank5", "mAP", "mINP")}
    for p in probes:
        own = places([distances[p][g] for g in gallery], of.identity[p], [of.identity[g] for g in gallery])
        for k in range(1, 6):
            found[f"rank{k}"].append(bool(own) and own[0] <= k)
        found["mAP"].append(np.mean([k / place for k, place in enumerate(own, 1)]) if own else 0)
        found["mINP"].append(len(own) / own[-1] if own else 0)
    return {name: float(np.mean(values)) for name, values in found.items()}


def brute(of, distances, letters):
    """The mean over probe views of the mean over the other gallery views, by name."""
    every, rows = range(len(of.identity)), []
    for p in VIEWS:
        probes = [i for i in every if of.view[i] == p and any(x in of.type[i] for x in letters)]
        probes = [i for i in probes if "00-nm" not in of.type[i]]
        cells = [
            cell(of, distances, probes, [i for i in every if of.view[i] == g and "00-nm" in of.type[i]])
            for g in VIEWS
            if g != p
        ]
        if cells := [c for c in cells if c]:
            rows.append({name: np.mean([c[name] for c in cells]) for name in cells[0]})
    return {name: np.mean([row[name] for row in rows]) for name in rows[0]} if rows else None


@pytest.mark.parametrize("seed", range(200))
def test_sustech1k_equals_brute_force(seed):
    of, metric = random_case(seed), METRICS[seed // 2 % 2]
    for pairing in sustech1k(of, metric):
        distances = all_distances(of, metric, (pairing.probe, pairing.gallery))
        for condition, figures in pairing.conditions.items():
            wanted = brute(of, distances, PROBES[condition])
            if wanted is None:
                assert all(math.isnan(value) for value in figures.mean.values())
            else:
                assert figures.mean == pytest.approx(wanted, abs=1e-9), condition


def two_views(probe_who=("a", "b"), gallery_who=("a", "b")):
    """A network that is right across views, and wrong within them."""
    identity = np.array([*gallery_who, *probe_who] * 2)
    type_ = np.array([*["00-nm"] * len(gallery_who), *["01-nm"] * len(probe_who)] * 2)
    view = np.repeat(["000", "090"], len(type_) // 2)
    axis = np.array([{"a": 0, "b": 1}[who] for who in identity])
    turned = (type_ == "00-nm") ^ (view == "090")
    parts = np.eye(2, dtype=np.float32)[np.where(turned, axis, 1 - axis)][:, None]
    return Embedded({"camera": parts, "lidar": parts}, identity, type_, view)


def test_same_views_are_stored_but_do_not_count():
    for pairing in sustech1k(two_views(), "cosine"):
        figures = pairing.conditions["normal"]
        assert figures.matrices["rank1"].tolist() == [[0, 1], [1, 0]]
        assert figures.mean["rank1"] == 1.0 and figures.mean["rank2"] == 1.0


def test_fewer_than_five_in_the_gallery_and_a_probe_whose_identity_is_missing():
    figures = sustech1k(two_views(gallery_who=("a",)), "euclidean")[0].conditions["normal"]
    assert (figures.probes, figures.lost) == (4, 2)
    assert figures.mean["rank5"] == figures.mean["mAP"] == 0.5


def test_a_network_that_tells_nobody_apart_recognises_nobody():
    of = two_views()
    same = {modality: np.ones_like(parts) for modality, parts in of.of.items()}
    figures = sustech1k(Embedded(same, of.identity, of.type, of.view), "cosine")[1].conditions["overall"]
    assert figures.mean["rank1"] == 0 and figures.mean["rank2"] == 1


def test_each_view_weighs_the_same():
    matrix = np.array([[np.nan, 1, 0], [np.nan, 0, np.nan], [0, 1, 1]])
    assert mean_over_views(matrix) == pytest.approx((1 / 2 + 1 / 2) / 2)  # the second row has no other view
    assert math.isnan(mean_over_views(np.full((2, 2), np.nan))) and math.isnan(mean_over_views(np.eye(1)))


def test_probe_and_gallery_sensor_are_told_apart():
    of = two_views()
    lidar = of.of["lidar"].copy()
    lidar[of.type == "01-nm"] = lidar[of.type == "01-nm"][:, :, ::-1]  # LiDAR probes look like the other one
    found = sustech1k(Embedded({**of.of, "lidar": lidar}, of.identity, of.type, of.view), "cosine")
    rank1 = {(p.probe, p.gallery): p.conditions["normal"].mean["rank1"] for p in found}
    assert rank1 == {pair: float(pair[0] == "camera") for pair in PAIRS}
    assert {p.papers: (p.probe, p.gallery) for p in found}["LiDAR-to-Camera"] == ("camera", "lidar")


@pytest.mark.parametrize(
    ("types", "words"), [(["01-nm"], "gallery"), (["00-nm"], "probes"), (["05-bg", "00-nm"], "probes")]
)
def test_sustech1k_needs_gallery_and_probes(types, words):
    who, views = (np.array([word] * len(types)) for word in ("a", "000"))
    of = Embedded({"camera": np.ones((len(types), 1, 1), "f4")}, who, np.array(types), views)
    with pytest.raises(ValueError, match=f"no {words}"):
        sustech1k(of, "cosine")


def test_embeddings_of_another_length():
    with pytest.raises(ValueError, match=r"lidar embeddings must be \(2, P, D\); got \(3, 1, 1\)"):
        Embedded({"lidar": np.ones((3, 1, 1), "f4")}, *[np.array(["a", "b"])] * 3)


def mean(values):
    return np.mean(values) if values else np.nan


@pytest.mark.parametrize("seed", range(40))
def test_freegait_equals_brute_force(seed):
    of, metric = random_case(seed), METRICS[seed // 2 % 2]
    keys = [f"{i}-{t}-{v}" for i, t, v in zip(of.identity, of.type, of.view, strict=True)]
    listed = frozenset(np.random.default_rng(seed).choice(keys, 3)) | {"z-not-there"}
    probes = [k for k, key in enumerate(keys) if key in listed]
    gallery = [k for k, key in enumerate(keys) if key not in listed]
    for pairing in freegait(of, listed, metric):
        own = []
        for p in probes:
            row = [distance(metric, of.of[pairing.probe][p], of.of[pairing.gallery][g]) for g in gallery]
            own.append(places(row, of.identity[p], [of.identity[g] for g in gallery]))
        figures, there = pairing.conditions["overall"], [found for found in own if found]
        assert (figures.probes, figures.lost) == (len(own), len(own) - len(there))
        wanted = {f"rank{k}": mean([found[0] <= k for found in there]) for k in (1, 5, 10)}
        wanted["mAP"] = mean([np.mean([k / n for k, n in enumerate(found, 1)]) for found in there])
        wanted["mINP"] = mean([len(found) / found[-1] for found in there])
        assert figures.mean == pytest.approx(wanted, nan_ok=True)


def test_freegait_without_a_probe():
    with pytest.raises(ValueError, match=r"0 of 8 .* named like 'a-00-nm-000', probes like 'nobody'"):
        freegait(two_views(), frozenset(["nobody"]), "cosine")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[", "must be JSON"),
        ({}, "must be JSON with PROBE_SET"),
        ({"PROBE_SET": []}, "must be a list"),
        ({"PROBE_SET": [1]}, "must be a list"),
    ],
)
def test_broken_probe_lists(tmp_path, content, words):
    path = tmp_path / "freegait.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ValueError, match=words):
        read_probes(path)
