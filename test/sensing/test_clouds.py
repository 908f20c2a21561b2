"""Clouds: any layout is read in place, and no header can crash or bloat the reader."""

import array
from types import SimpleNamespace

import numpy as np
import pytest

from sgcross_core.sensing.clouds import cloud_to_xyz

FLOAT32, FLOAT64, UINT16 = 7, 8, 4


def field(name, offset, datatype=FLOAT32, count=1):
    return SimpleNamespace(name=name, offset=offset, datatype=datatype, count=count)


def cloud(points, *, step=16, pad=0, order="<", kind="f4", at=(0, 4, 8), shape=None):
    """A message with the points, (P, 3), laid out as asked."""
    height, width = shape or (1, len(points))
    rows = np.zeros((height, width * step + pad), np.uint8)
    layout = np.dtype({"names": list("xyz"), "formats": [order + kind] * 3, "offsets": at, "itemsize": step})
    view = np.ndarray((height, width), layout, rows, strides=(width * step + pad, step))
    for column, name in enumerate("xyz"):
        view[name] = np.asarray(points, float).reshape(height, width, 3)[..., column]
    datatype = FLOAT32 if kind == "f4" else FLOAT64
    return SimpleNamespace(
        width=width, height=height, point_step=step, row_step=width * step + pad, is_bigendian=order == ">",
        fields=[field(*one, datatype) for one in zip("xyz", at, strict=True)], data=rows.tobytes(),
    )  # fmt: skip


POINTS = np.arange(18.0).reshape(6, 3)


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param({}, id="plain"),
        pytest.param({"step": 12}, id="tight"),
        pytest.param({"step": 22, "pad": 7, "shape": (2, 3)}, id="odd steps, rows with padding"),
        pytest.param({"at": (8, 0, 4)}, id="other order"),
        pytest.param({"step": 32, "kind": "f8", "at": (0, 8, 16)}, id="double"),
        pytest.param({"order": ">"}, id="big-endian"),
    ],
)
def test_layouts(layout):
    read = cloud_to_xyz(cloud(POINTS, **layout))
    np.testing.assert_array_equal(read.xyz, POINTS)
    assert read.xyz.dtype == np.float32 and read.xyz.flags.c_contiguous and read.invalid == 0


@pytest.mark.parametrize(
    "hold", [bytes, bytearray, lambda b: array.array("B", b), lambda b: np.frombuffer(b, np.uint8)]
)
def test_any_buffer_holds_the_data(hold):
    message = cloud(POINTS)
    message.data = hold(message.data)
    np.testing.assert_array_equal(cloud_to_xyz(message).xyz, POINTS)


def test_the_last_row_may_lack_its_padding():
    message = cloud(POINTS, pad=7, shape=(2, 3))
    message.data = message.data[:-7]
    np.testing.assert_array_equal(cloud_to_xyz(message).xyz, POINTS)


@pytest.mark.parametrize(
    "points, kept",
    [
        ([[np.nan, 0, 0], [1, 2, 3]], 1),
        ([[1, 2, 3], [0, np.inf, 0], [0, 0, -np.inf]], 1),
        ([[np.inf, -np.inf, 0]], 0),
        ([[1, 2, 3]], 1),
    ],
)
def test_what_is_not_finite_is_counted_and_left_out(points, kept):
    read = cloud_to_xyz(cloud(points))
    assert (len(read.xyz), read.invalid) == (kept, len(points) - kept)
    assert np.isfinite(read.xyz).all()


def test_doubles_too_large_are_invalid():
    read = cloud_to_xyz(cloud([[1e300, 0, 0], [1, 1, 1]], step=24, kind="f8", at=(0, 8, 16)))
    assert (len(read.xyz), read.invalid) == (1, 1)


@pytest.mark.parametrize("width, height", [(0, 1), (1, 0), (0, 0), (2**32 - 1, 0)])
def test_an_empty_cloud_is_empty(width, height):
    message = SimpleNamespace(
        width=width, height=height, point_step=0, row_step=0, fields=[], data=b"", is_bigendian=False
    )
    read = cloud_to_xyz(message)
    assert read.xyz.shape == (0, 3) and read.invalid == 0


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"fields": []}, "no field 'x'; found: none"),
        ({"fields": [field("x", 0), field("y", 4), field("intensity", 8)]}, "'z'; found: x, y, intensity"),
        ({"fields": [field("x", 0, UINT16), field("y", 4), field("z", 8)]}, "'x'.*datatype 4"),
        ({"fields": [field("x", 0, count=3), field("y", 4), field("z", 8)]}, "count 3"),
        ({"fields": [field("x", 0), field("y", 4), field("z", 14)]}, "'z' at byte 14"),
        ({"point_step": 0}, "point_step 0"),
        ({"row_step": 95}, "row_step 95"),
        ({"width": 2**32 - 1}, "row_step"),
        ({"width": 2**32 - 1, "row_step": 16 * 2**32}, "got 96"),
        ({"height": 2**32 - 1}, "need .* bytes; got 96"),
        ({"data": b""}, "got 0"),
        ({"data": bytes(95)}, "need 96 bytes; got 95"),
    ],
)
def test_broken_headers(changes, words):
    message = cloud(POINTS)
    for name, value in changes.items():
        setattr(message, name, value)
    with pytest.raises(ValueError, match=words):
        cloud_to_xyz(message)


def test_fuzzed_headers_give_points_or_a_clear_error():
    random = np.random.default_rng(0)
    numbers = [0, 1, 2, 3, 6, 12, 16, 17, 96, 97, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1]
    read = 0
    for _ in range(4000):
        message = cloud(random.normal(size=(6, 3)))
        for name in random.choice(["width", "height", "point_step", "row_step"], random.integers(0, 3)):
            setattr(message, name, int(random.choice(numbers)))
        for one in message.fields:
            if random.random() < 0.2:
                one.offset = int(random.choice(numbers))
            if random.random() < 0.1:
                one.datatype = int(random.integers(0, 12))
            if random.random() < 0.1:
                one.name = str(random.choice(["x", "y", "z", "", "rgb"]))
        message.is_bigendian = bool(random.random() < 0.2)
        message.data = message.data[: int(random.choice([96, 96, 96, 95, 16, 0]))]
        try:
            points = cloud_to_xyz(message)
        except ValueError as refused:
            assert str(refused).startswith("cloud: ")
        else:
            read += 1
            assert len(points.xyz) + points.invalid == message.width * message.height
    assert read > 400
