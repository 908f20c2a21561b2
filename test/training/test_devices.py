from __future__ import annotations

import numpy as np
import pytest

from training.world.devices import DEVICES, checked_beams, device


@pytest.mark.parametrize(
    "name, beams, lowest, highest, finest",
    [
        ("hdl-64e", 64, -24.33, 2.0, 1 / 3),
        ("hdl-32e", 32, -30.667, 10.667, 4 / 3),
        ("vlp-16", 16, -15.0, 15.0, 2.0),
        ("vlp-32c", 32, -25.0, 15.0, 1 / 3),
        ("vls-128", 128, -25.0, 15.0, 0.11),
        ("pandar64", 64, -25.0, 15.0, 1 / 6),
        ("xt32", 32, -16.0, 15.0, 1.0),
        ("os0-128", 128, -45.0, 45.0, 90 / 127),
        ("os1-64", 64, -22.5, 22.5, 45 / 63),
        ("os1-128", 128, -22.5, 22.5, 45 / 127),
    ],
)
def test_tables_are_those_of_the_manuals(name, beams, lowest, highest, finest):
    table = checked_beams(device(name).elevations, name)
    assert (len(table), table[0], table[-1]) == (beams, lowest, highest)
    assert np.diff(table).min() == pytest.approx(finest, abs=2e-3)
    assert 0.1 < device(name).step < 0.4 and device(name).source


def test_every_device_is_checked():
    assert len(DEVICES) == 10


def test_no_such_device():
    with pytest.raises(ValueError, match=r"must be one of hdl-64e, .*; got 'hdl-65'"):
        device("hdl-65")


@pytest.mark.parametrize(
    "beams, said",
    [
        ([], r"one beam at least; got shape \(0,\)"),
        ([[1.0, 2.0]], r"got shape \(1, 2\)"),
        (3.0, r"got shape \(\)"),
        ([1.0, np.nan], "finite degrees"),
        ([-91.0, 0.0], "in -90..90; got -91.0 to 0.0"),
        ([0.0, 2.0, 1.0], "rise from beam to beam; got 2.0 before 1.0"),
        ([0.0, 0.0], "rise from beam to beam; got 0.0 before 0.0"),
    ],
)
def test_impossible_tables(beams, said):
    with pytest.raises(ValueError, match=f"the table must .*{said}"):
        checked_beams(beams, "the table")
