"""The rivals' losses and blocks against references written otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from sgcross_core.model.sentences import VIEWS
from sgcross_core.model.text import make_text_encoder
from training.recipe import Recipe
from training.rivals.blocks import TOP, Disentangling, Mixing, Stability, nearest
from training.rivals.cl_gait import pairing
from training.rivals.dictionary import dictionary
from training.rivals.tcfdnet import TCFDNetObjective, misalignment
from training.rivals.unicrossgait import affinity, balance, imitation


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_pairing_is_info_nce_over_mean_cosines_of_strips() -> None:
    found = torch.randn(6, 2, 4)
    cam, lid = found[:3].double().numpy(), found[3:].double().numpy()
    alike = np.array([[np.mean([cosine(a[p], b[p]) for p in range(2)]) for b in lid] for a in cam]) / 0.07
    forth = [-alike[i, i] + math.log(np.exp(alike[i]).sum()) for i in range(3)]
    back = [-alike[i, i] + math.log(np.exp(alike[:, i]).sum()) for i in range(3)]
    assert pairing(found).item() == pytest.approx((np.mean(forth) + np.mean(back)) / 2, rel=1e-4)


def test_misalignment_is_zero_for_equal_directions_and_two_for_opposite_ones() -> None:
    strips = torch.randn(3, 2, 4)
    assert misalignment(strips, 3 * strips).item() == pytest.approx(0, abs=1e-6)
    assert misalignment(strips, -strips).item() == pytest.approx(2, abs=1e-6)
    other = torch.randn(3, 2, 4)
    each = [cosine(strips[b, p].numpy(), other[b, p].numpy()) for b in range(3) for p in range(2)]
    assert misalignment(strips, other).item() == pytest.approx(1 - np.mean(each), abs=1e-6)


def test_the_balance_by_hand() -> None:
    cosines, label = torch.rand(4, 3, 5) * 2 - 1, torch.tensor([4, 1])
    sure = []
    for student in (0, 1):
        shares = []
        for b in range(2):
            for p in range(3):
                logits = 16 * cosines[2 * student + b, p].double().numpy() / 4
                shares.append(math.exp(logits[label[b]]) / np.exp(logits).sum())
        sure.append(np.mean(shares))
    expected = [(1 + math.tanh(sure[1 - s] / sum(sure))) / 2 for s in (0, 1)]
    assert balance(cosines, label).tolist() == pytest.approx(expected, abs=1e-5)


def test_the_less_sure_student_weighs_more_and_equals_the_same() -> None:
    right = torch.zeros(2, 1, 5)
    right[:, 0, 3] = 1
    label = torch.tensor([3, 3])
    cam, lid = balance(torch.cat([0 * right, right]), label).tolist()
    assert 0.5 < lid < cam < 0.8809
    assert balance(torch.cat([right, right]), label).tolist() == pytest.approx([(1 + math.tanh(0.5)) / 2] * 2)


def test_imitation_by_hand() -> None:
    taught, students, weights = torch.randn(3, 2, 4), torch.randn(6, 2, 4), torch.tensor([0.6, 0.8])
    t = taught.double().numpy()
    expected = dict.fromkeys(("imitation", "part_affinity", "clip_affinity"), 0.0)
    for student, weight in enumerate(weights.tolist()):
        s = students[3 * student : 3 * student + 3].double().numpy()
        alike = np.mean([cosine(t[b, p], s[b, p]) for b in range(3) for p in range(2)])
        expected["imitation"] += weight * (1 - alike)
        parts = [
            abs(cosine(t[b, i], t[b, j]) - cosine(s[b, i], s[b, j]))
            for b in range(3) for i in range(2) for j in range(2)
        ]  # fmt: skip
        expected["part_affinity"] += weight * np.mean(parts)
        tops, ours = t.max(1), s.max(1)
        clips = [abs(cosine(tops[i], tops[j]) - cosine(ours[i], ours[j])) for i in range(3) for j in range(3)]
        expected["clip_affinity"] += weight * np.mean(clips)
    found = {name: value.item() for name, value in imitation(taught, students, weights).items()}
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_perfect_student_has_nothing_left_to_imitate() -> None:
    taught = torch.randn(3, 2, 4)
    found = imitation(taught, torch.cat([taught, 2 * taught]), torch.ones(2))
    assert [value.item() for value in found.values()] == pytest.approx([0, 0, 0], abs=1e-6)
    torch.testing.assert_close(affinity(taught).diagonal(dim1=1, dim2=2), torch.ones(3, 2))


@pytest.mark.parametrize("count", [3, TOP, 40])
def test_the_nearest_texts_by_sorting(count: int) -> None:
    token, texts = torch.randn(5, 8), torch.randn(count, 8)
    chosen = nearest(token, texts)
    for row in range(5):
        alike = [cosine(token[row].numpy(), text) for text in texts.numpy()]
        best = np.argsort(alike)[::-1][:TOP]
        assert set(chosen[row].nonzero().flatten().tolist()) == set(best.tolist())


def test_equally_near_texts_are_all_in() -> None:
    assert nearest(torch.randn(2, 8), torch.ones(20, 8)).all()


def test_what_is_specific_is_made_of_the_chosen_texts_alone() -> None:
    block = Disentangling(8, 6).eval()
    maps, token, texts = torch.randn(2, 8, 3, 2), torch.randn(2, 8), torch.randn(30, 6)
    shared, specific = block(maps, token, texts)
    torch.testing.assert_close(shared, maps - block.gate(maps.mean((2, 3)))[..., None, None] * specific)
    chosen = nearest(token, block.adapter(texts))[0]
    assert int(chosen.sum()) == TOP
    adapted = block.adapter(texts)
    keys = functional.normalize(block.key(adapted[chosen]), dim=-1)
    query = functional.normalize(block.query(maps[0].flatten(1).T), dim=-1)
    read = ((query @ keys.T) / 0.07).softmax(-1) @ adapted[chosen]
    torch.testing.assert_close(specific[0].flatten(1).T, block.describe(read), atol=1e-5, rtol=1e-4)


def test_blocks_keep_the_maps_shape() -> None:
    maps = torch.randn(2, 8, 6, 4)
    assert Stability(8)(maps).shape == maps.shape
    assert Mixing(8, 2, 0.1, 4)(maps, torch.randn(2, 16, 8)).shape == maps.shape


def test_the_dictionary_is_about_sensors_and_views_and_nobody() -> None:
    bank = dictionary(make_text_encoder("hashing", ""))
    assert bank.names == () and bank.factors == {} and list(bank.views) == ["camera", "lidar"]
    assert bank.directions.shape == (2 * 5 * len(VIEWS), bank.dim)
    assert len(torch.unique(bank.directions, dim=0)) == 80


def test_tcfdnet_says_what_it_lacks() -> None:
    recipe = Recipe(network="tcfdnet", preset="paper", encoder="hashing")
    with pytest.raises(ValueError, match="needs its text dictionary"):
        TCFDNetObjective(recipe, 6, None)
    with pytest.raises(ValueError, match=r"Recipe\.clip_weights must name a file"):
        TCFDNetObjective(recipe, 6, dictionary(make_text_encoder("hashing", "")))
