from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from training.world import body
from training.world.attachment import vertices_of
from training.world.garments import UNIFORM_M
from training.world.people import Body, Colours, sample_person
from training.world.traits import Wear
from training.world.walker import PHASES, Walker
from training.world.wardrobe import CONDITIONS, MATERIALS, UNIFORM_RGB, outfit, short

COUNT = len(body.bone_of_vertex())
CHANGED = ("bag", "clothing", "carrying", "umbrella", "uniform")
LOADED = ("bag", "carrying", "umbrella")
SEEDS = range(16)  # every kind of bag, load, umbrella and garment is among them


@lru_cache
def walker():
    return Walker(sample_person(1), 0)


@lru_cache
def dressed(condition, seed=0):
    found = outfit(condition, walker().person, seed)
    return found, found.meshes(walker().stride[::8])


def own(condition, seed, material):
    """The vertices (T, K, 3) of one material that are not the body's."""
    found, meshes = dressed(condition, seed)
    faces = found.faces[found.materials == MATERIALS.index(material)]
    return meshes[:, np.unique(faces[(faces >= COUNT).all(axis=1)])]


@pytest.mark.parametrize("name, letters", CONDITIONS.items())
def test_both_names_of_a_condition(name, letters):
    assert short(name) == short(letters) == letters
    one, other = (outfit(word, walker().person, 2) for word in (name, letters))
    assert np.array_equal(one.faces, other.faces) and np.array_equal(one.colours, other.colours)


@pytest.mark.parametrize("word", ["", "coat", "NM", "00-nm"])
def test_no_such_condition(word):
    with pytest.raises(ValueError, match=r"condition must be one of normal \(nm\), bag"):
        outfit(word, walker().person, 0)


@pytest.mark.parametrize("condition", ["normal", "occlusion", "night"])
def test_plain_clothes_are_the_body(condition):
    found, meshes = dressed(condition)
    assert np.array_equal(meshes, walker().stride[::8])
    assert np.array_equal(found.faces, body.faces()) and np.array_equal(found.materials, body.materials())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("condition", CHANGED)
def test_outfits_are_whole(condition, seed):
    found, meshes = dressed(condition, seed)
    assert found.faces.dtype == np.int32 and found.materials.dtype == np.uint8
    assert len(found.faces) == len(found.materials) and found.materials.max() < len(MATERIALS)
    assert meshes.dtype == np.float32 and np.isfinite(meshes).all()
    assert found.faces.max() == meshes.shape[1] - 1 and np.array_equal(found.faces[:2454], body.faces())
    assert np.ptp(meshes, axis=1).max() < 2.6  # nothing flies away


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("condition", ["clothing", *LOADED])
def test_what_is_added_is_closed_and_faces_outwards(condition, seed):
    found, meshes = dressed(condition, seed)
    faces = found.faces[len(body.faces()) :]
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    forth, back = {tuple(e) for e in edges}, {tuple(e[::-1]) for e in edges}
    assert forth == back and len(forth) == len(edges)
    for mesh in meshes:
        a, b, c = (mesh[faces[:, i]] - mesh[faces].mean(axis=(0, 1)) for i in range(3))
        assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6 > 1e-4  # its volume, cubic metres


@pytest.mark.parametrize("condition", CHANGED)
def test_a_frame_depends_on_nothing_but_its_body(condition):
    found, meshes = dressed(condition, 3)
    alone = found.meshes(walker().stride[16:17])
    np.testing.assert_allclose(alone[0], meshes[2], atol=1e-5)
    assert found.meshes(np.empty((0, COUNT, 3), np.float32)).shape == (0, *meshes.shape[1:])


@pytest.mark.parametrize("condition", LOADED)
def test_loads_turn_with_the_body(condition):
    found, meshes = dressed(condition, 3)
    turn = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]], np.float32)
    moved = found.meshes(walker().stride[::8] @ turn + np.float32([3, 1, 0]))
    np.testing.assert_allclose(moved, meshes @ turn + [3, 1, 0], atol=1e-4)


def spread_of(umbrella):
    """Metres across an umbrella (T, K, 3), over ground."""
    return np.ptp(umbrella[..., :2], axis=1).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_umbrella_is_over_the_head_behind_it_or_closed_below(seed):
    umbrella, head = own("umbrella", seed, "umbrella"), dressed("umbrella", seed)[1][:, vertices_of("head")]
    middle, tip = head.mean(axis=1), umbrella[..., 2].max(axis=1)
    if spread_of(umbrella) < 0.5:
        assert (tip < middle[:, 2] - 0.3).all() and (umbrella[..., 2].min(axis=1) > 0).all()
        return
    assert (tip > head[..., 2].max(axis=1) + 0.05).all()
    assert (umbrella[..., 0].min(axis=1) < middle[:, 0] - 0.15).all()
    assert (umbrella[..., 1].min(axis=1) < middle[:, 1] - 0.1).all()
    assert (umbrella[..., 1].max(axis=1) > middle[:, 1] + 0.1).all()


def test_umbrellas_differ():
    across = [spread_of(own("umbrella", seed, "umbrella")) for seed in SEEDS]
    assert min(across) < 0.5 < 0.8 < max(across) < 1.3


@pytest.mark.parametrize("seed", SEEDS)
def test_bags_hang_behind_or_at_the_side(seed):
    bag, trunk = own("bag", seed, "load"), dressed("bag", seed)[1][:, vertices_of("spine", "pelvis")]
    behind = bag[..., 0].min(axis=1) < trunk[..., 0].min(axis=1) - 0.08
    aside = np.abs(bag[..., 1]).max(axis=1) > np.abs(trunk[..., 1]).max(axis=1) + 0.06
    assert (behind | aside).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_carried_is_in_the_hands(seed):
    load, meshes = own("carrying", seed, "load"), dressed("carrying", seed)[1]
    hands = meshes[:, vertices_of("wrist", "finger", "metacarpal")]
    gaps = np.linalg.norm(load[:, :, None] - hands[:, None], axis=-1)
    assert gaps.min(axis=(1, 2)).max() < 0.12
    trunk = meshes[:, vertices_of("spine", "pelvis")]
    in_front = load[..., 0].mean(axis=1) > trunk[..., 0].max(axis=1)
    below = load[..., 2].mean(axis=1) < trunk[..., 2].mean(axis=1)
    aside = np.abs(load[..., 1].mean(axis=1)) > 0.7 * np.abs(trunk[..., 1]).max(axis=1)
    assert (in_front | below | aside).all()


def test_loads_are_held_by_one_arm_or_both():
    held = [dressed("carrying", seed)[0].loads[0].held for seed in SEEDS]
    arms = {sum((share[vertices_of(f"wrist.{side}")] > 0.9).any() for side in "LR") for share in held}
    assert arms == {1, 2}


@pytest.mark.parametrize("seed", SEEDS)
def test_arms_that_hold_something_do_not_swing(seed):
    meshes = dressed("umbrella", seed)[1]
    chest = meshes[:, vertices_of("spine01")].mean(axis=1)
    wrists = vertices_of("wrist")
    left = walker().stride[0, wrists, 1] > 0
    swings = [np.ptp((meshes[:, wrists[at]].mean(axis=1) - chest)[:, 0]) for at in (left, ~left)]
    assert min(swings) < 0.06 < max(swings)  # the other one goes on


@pytest.mark.parametrize("seed", SEEDS)
def test_a_coat_holds_both_legs_in(seed):
    found, meshes = dressed("clothing", seed)
    hem = found.garment.rings[0].inside
    tube = meshes[:, COUNT : COUNT + 20]
    for legs, ring in zip(walker().stride[::8][:, hem, :2], tube[..., :2], strict=True):
        for angle in np.arange(0, 2 * np.pi, 0.3):
            out = np.array([np.cos(angle), np.sin(angle)])
            assert (ring @ out).max() > (legs @ out).max() - 0.01
    assert (found.materials[: len(body.faces())] == MATERIALS.index("garment")).any()


def test_cloth_hangs():
    """Even a close skirt does not cling to the knees: no ring is much narrower than the one above."""
    wide = max((dressed("clothing", s)[0].garment for s in SEEDS), key=lambda g: len(g.rings))
    close = replace(wide, rings=tuple(replace(ring, ease=0.01) for ring in wide.rings))
    tube = close.meshes(walker().stride)[1][:, :-2].reshape(PHASES, len(close.rings), 20, 3)[..., :2]
    width = np.ptp(tube, axis=2).min(axis=2)  # (T, rings), across the narrower way
    assert len(close.rings) > 6 and (width[:, :-1] > 0.88 * width[:, 1:]).all()


def test_clothing_hides_the_legs_down_to_the_hem():
    """Coats and skirts differ in length, and more than half of them reach below the knee."""
    upright = walker().stride[:, vertices_of("lowerleg01"), 2]
    knee = upright.max()
    hems = [own("clothing", seed, "garment")[..., 2].min() for seed in SEEDS]
    assert np.mean(np.array(hems) < knee) > 0.5 and min(hems) > 0 and np.ptp(hems) > 0.15


def test_some_hoods_are_up_and_leave_the_face_free():
    head = vertices_of("head")
    pushes = [dressed("clothing", seed)[0].garment.push[head] for seed in SEEDS]
    hooded = [push for push in pushes if push.any()]
    assert 0 < len(hooded) < len(pushes)
    front = walker().stride[0, head, 0].argsort()[-20:]
    for push in hooded:
        assert (push[front] == 0).all() and (push > 0).mean() > 0.4


def test_a_coat_stands_off_the_body():
    found, meshes = dressed("clothing", 0)
    moved = np.linalg.norm(meshes[:, :COUNT] - walker().stride[::8], axis=-1)
    np.testing.assert_allclose(moved, np.broadcast_to(found.garment.push, moved.shape), atol=1e-4)


PARTS = {
    "trunk": ("spine03", "spine02"), "upper_arms": ("upperarm",), "forearms": ("lowerarm",),
    "thighs": ("upperleg",), "shanks": ("lowerleg",),
}  # fmt: skip


def moved_by(condition, wear):
    """How far everyday clothes move each vertex in one frame (V,), beside those who wear none."""
    bare, clad = (replace(walker().person, wear=one) for one in (Wear(), wear))
    meshes = (outfit(condition, person, 0).meshes(walker().stride[:1])[0, :COUNT] for person in (bare, clad))
    return np.linalg.norm(next(meshes) - next(meshes), axis=-1)


@pytest.mark.parametrize("condition", ["normal", "bag", "clothing"])
@pytest.mark.parametrize("part", PARTS)
def test_everyday_clothes_stand_off_as_far_as_they_say(part, condition):
    moved = moved_by(condition, replace(Wear(), **{part: 0.03}))
    np.testing.assert_allclose(moved[vertices_of(*PARTS[part])], 0.03, atol=1e-4)
    others = [bone for name, bones in PARTS.items() if name != part for bone in bones]
    assert not moved[vertices_of(*others)].any()


def test_a_uniform_covers_everyday_clothes_but_not_the_hair():
    assert not moved_by("uniform", Wear(0.05, 0.03, 0.03, 0.03, 0.03)).any()
    moved = moved_by("uniform", Wear(hair=0.05, nape=0.02))
    assert moved[vertices_of("head")].max() == pytest.approx(0.05, abs=1e-4)
    assert moved[vertices_of("neck")].max() == pytest.approx(0.02, abs=1e-4)


def test_hair_leaves_the_face_free():
    head, moved = vertices_of("head"), moved_by("normal", Wear(hair=0.05))
    nose = head[np.argmax(body.posed(Body(), {"root": np.eye(3)[None]})[0, head, 0])]
    assert moved[nose] == 0 and (moved[head] > 0).mean() > 0.2


def test_a_uniform_stands_off_everybody_alike():
    """Above the bare body, whoever wears it and however stout he is."""
    for weight in (0.1, 0.9):
        person = walker().person
        person = replace(person, body=replace(person.body, weight=weight), wear=Wear(trunk=0.03 * weight))
        upright = body.posed(person.body, {"root": np.eye(3)[None]})
        moved = np.linalg.norm(outfit("uniform", person, 0).meshes(upright) - upright, axis=-1)[0]
        np.testing.assert_allclose(moved[vertices_of(*PARTS["trunk"])], UNIFORM_M["trunk"], atol=1e-4)


def test_a_uniform_has_one_colour():
    shown = [outfit("uf", sample_person(seed), seed).colours for seed in (1, 2)]
    for name in ("upper", "lower"):
        assert all(tuple(c[MATERIALS.index(name)]) == UNIFORM_RGB for c in shown)
    assert not np.array_equal(*(outfit("nm", sample_person(seed), seed).colours[:5] for seed in (1, 2)))


@pytest.mark.parametrize("seed, same", [(4, True), (5, False)])
def test_equal_seeds_are_equal_outfits(seed, same):
    first, second = (outfit("cl", walker().person, s).meshes(walker().stride[:1]) for s in (4, seed))
    assert (first.shape == second.shape and np.array_equal(first, second)) == same


@pytest.mark.parametrize("shape", [(COUNT, 3), (2, COUNT - 1, 3), (2, COUNT, 2)])
def test_vertices_of_another_body(shape):
    with pytest.raises(ValueError, match=r"vertices must be \(T, 1229, 3\), those of the body model; got"):
        outfit("cl", walker().person, 0).meshes(np.zeros(shape, np.float32))


def test_colours_become_linear_light():
    colours = Colours((255, 255, 255), (128, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0))
    table = outfit("nm", replace(walker().person, colours=colours), 0).albedo
    assert table.shape == (len(MATERIALS), 3)
    assert np.allclose(table[0], 1) and np.allclose(table[1], [0.2195, 0, 0], atol=1e-3)


def test_shades_go_from_top_to_bottom():
    colours = Colours((255, 255, 255), (255, 255, 255), (0, 0, 0), (0, 0, 0), (255, 255, 255))
    found = outfit("nm", replace(walker().person, colours=colours), 0)
    shades = found.shades(walker().stride[0])
    assert shades.shape == (8,) and shades[0] == pytest.approx(1) and shades[-1] == pytest.approx(0)
    assert (np.diff(shades) < 0.05).all()
