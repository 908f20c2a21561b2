from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sgcross_core.runtime import TorchEngine
from sgcross_core.runtime.untrained import write_untrained
from training.bags import BagWriter, StaticTransform
from training.chain import SENSORS, Sight, owners, recognise, sights

STEP = 100_000_000
MATRIX = [[90, 0, 80], [0, 90, 60], [0, 0, 1]]
TRUTH = {
    "people": [
        {"id": 1, "name": "Ann", "stranger": False},
        {"id": 2, "name": "Bob", "stranger": False},
        {"id": 3, "name": "stranger 1", "stranger": True},
    ],
    "frames": [
        {"stamp": i * STEP, "boxes": [{"id": p, "centre": [8.0, 3.0 * p - 6, -0.9]} for p in (1, 2, 3)]}
        for i in range(40)
    ],
}


def run(places: dict[int, tuple[float, float]], frames: int = 40) -> list[Sight]:
    """Tracks standing at places; a track's number seeds what its tiles show."""
    looks = [np.random.default_rng(t % 10).integers(1, 255, (64, 64, 3), np.uint8) for t in places]
    positions = np.array([(x, y, -0.9) for x, y in places.values()]).reshape(-1, 3)
    return [Sight(i * STEP, list(places), positions, np.array(looks, np.uint8)) for i in range(frames)]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ((8.0, -3.0), "Ann"),
        ((8.2, 0.3), "Bob"),
        ((10.5, 0.0), "Bob"),  # the camera's distance is bad, its bearing good
        ((8.0, 1.4), None),
        ((14.0, 0.0), None),
    ],
)
def test_a_track_belongs_to_who_is_there(place: tuple[float, float], name: str | None) -> None:
    assert owners(run({7: place}), TRUTH).get(7) == name


def test_without_people_nobody_owns_anything() -> None:
    empty = {**TRUTH, "frames": [{"stamp": 0, "boxes": []}]}
    assert owners(run({7: (8.0, 0.0)}), empty) == {} and owners([], TRUTH) == {}


def test_outcomes(tmp_path: Path) -> None:
    write_untrained(tmp_path / "w.safetensors")
    engine = TorchEngine(tmp_path / "w.safetensors")
    enrolled = run({1: (8.0, -3.0), 2: (8.0, 0.0), 3: (8.0, 3.0)})
    short = recognise(engine, (enrolled, TRUTH), (run({1: (8.0, -3.0)}, frames=5), TRUTH))
    assert short == {"pending": 1}
    found = recognise(engine, (enrolled, TRUTH), (run({11: (8.0, -3.0), 13: (8.0, 3.0)}), TRUTH))
    assert sum(found.values()) == 2 and set(found) <= {"right", "missed", "quiet", "alarm"}
    nobody = recognise(engine, (run({1: (8.0, -3.0)}, 5), TRUTH), (enrolled, TRUTH))
    assert nobody == {"missed": 2, "quiet": 1}  # seen too briefly to be enrolled


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """A second of an empty room."""
    upright = np.eye(4)
    upright[:3, :3] = [[0, 0, 1], [-1, 0, 0], [0, -1, 0]]
    image, floor = np.full((120, 160, 3), 90, np.uint8), np.random.default_rng(0).uniform(-9, 9, (900, 3))
    floor[:, 2] = -1.8
    cloud = np.rec.fromarrays(floor.astype(np.float32).T, names="x,y,z")
    with BagWriter(tmp_path / "enrol.mcap") as writer:
        poses = {"lidar": np.eye(4), "cam": upright}
        writer.static_transforms([StaticTransform("base_link", name, pose) for name, pose in poses.items()])
        for i in range(10):
            writer.camera_info("/camera/camera_info", i * STEP, "cam", MATRIX, np.zeros(5), 160, 120)
            writer.image_jpeg("/camera/image_raw/compressed", i * STEP, "cam", image)
            writer.points("/lidar/points", i * STEP, "lidar", cloud)
    return tmp_path / "enrol.mcap"


@pytest.mark.parametrize("sensors", SENSORS)
def test_an_empty_room_has_nobody(bag: Path, sensors: str) -> None:
    seen = sights(bag, sensors)
    assert len(seen) == 10 and not any(s.tracks for s in seen)
    assert seen[0].tiles.shape == (0, 64, 64, 3)


def test_a_bag_without_a_camera_is_refused(bag: Path) -> None:
    with BagWriter(bag) as writer:
        writer.static_transforms([])
    with pytest.raises(ValueError, match="the bag has no /camera/camera_info"):
        sights(bag, "both")
