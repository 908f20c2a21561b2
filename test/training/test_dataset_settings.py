from __future__ import annotations

import collections

import pytest

from sgcross_core.settings import with_values
from training.data import CONDITIONS, GALLERY, VIEWS
from training.world.dataset_cast import cast_of
from training.world.dataset_settings import FULL, PRESETS, DatasetSettings


def test_full_has_the_size_of_sustech1k():
    cast = cast_of(FULL)
    assert len(cast.train) == 250 and len(cast.test) == 800 and FULL.view_list == VIEWS
    assert sum(12 * len(i.walks) for i in cast.everyone) == pytest.approx(25_239, rel=0.002)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_identity_is_in_the_gallery_and_named_once(preset):
    everyone = cast_of(PRESETS[preset]).everyone
    assert len({i.name for i in everyone}) == len({i.person for i in everyone}) == len(everyone)
    assert all(i.walks[0].type == GALLERY and i.walks[0].number == 0 for i in everyone)
    assert all(len(i.walks) == 1 + PRESETS[preset].probes for i in everyone)


def test_conditions_are_dealt_out_evenly():
    counts = collections.Counter(walk.condition for i in cast_of(FULL).test for walk in i.walks[1:])
    assert counts == dict.fromkeys(CONDITIONS, 100)


@pytest.mark.parametrize("probes, types", [(1, ["01-bg"]), (3, ["01-bg", "02-cl", "03-bg"])])
def test_types_are_numbered(probes, types):
    first = cast_of(with_values(FULL, {"conditions": "bg cl", "probes": probes})).train[0]
    assert [walk.type for walk in first.walks] == [GALLERY, *types]
    assert [walk.number for walk in first.walks] == [*range(probes + 1)]


@pytest.mark.parametrize(
    "values, words",
    [
        ({"train_last": 0}, "people who train must be FIRST:LAST|train_last must lie"),
        ({"train_first": 5, "train_last": 5}, "people who train must be FIRST:LAST .* got 5:5"),
        ({"test_first": 100, "test_last": 300}, "must differ; got 0:250 and 100:300"),
        ({"shortest": 9, "longest": 8}, "shortest must not exceed longest; got 9 and 8"),
        ({"conditions": "nm xx"}, "conditions must be different words of nm bg .*; got 'nm xx'"),
        ({"conditions": ""}, "conditions must be"),
        ({"views": "000 000"}, "views must be different words of 000 000-far"),
        ({"lidar": "abacus"}, "lidar must be one of"),
        ({"jet": 1}, "jet must be a bool"),
        ({"probes": 0}, "probes"),
    ],
)
def test_broken_settings(values, words):
    with pytest.raises(ValueError, match=words):
        with_values(DatasetSettings(), values)
