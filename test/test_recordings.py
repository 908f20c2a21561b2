"""Real recordings go through the converter, the player and both nodes, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sgcross_ros import environment

environment.prepare()
rclpy = pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from sgcross_ros.demo.records import Recording  # noqa: E402
from sgcross_ros.demo.stage import stage  # noqa: E402
from sgcross_ros.demo.truth import Truth, match  # noqa: E402

KITTI = Path(__file__).parents[2] / "shared" / "data" / "kitti_raw" / "2011_09_26"
DOMAIN = 87

pytestmark = pytest.mark.skipif(not KITTI.exists(), reason=f"the KITTI recordings are not at {KITTI}")


@pytest.fixture(scope="module")
def ros() -> Iterator[None]:
    """ROS on a domain of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.private(DOMAIN).items():
            patch.setenv(name, value)
        rclpy.init()
        yield
        rclpy.try_shutdown()


def through_the_nodes(drive: int, folder: Path) -> tuple[Recording, Truth]:
    """What the nodes said about a drive, and its truth."""
    bag = folder / "walk.mcap"
    source = KITTI / f"2011_09_26_drive_{drive:04d}_sync"
    subprocess.run(
        [sys.executable, "-m", "sgcross_core.cli", "convert", "kitti", str(source), str(bag)], check=True
    )
    truth = Truth.load(folder / "walk.truth.json")
    with stage(folder / "logs", folder / "gallery.db", 1.0) as scene:
        return scene.play(bag, "both", truth, f"drive {drive:04d}", pictures=1), truth


def found(recording: Recording, truth: Truth, person: int) -> int:
    """In how many moments a person was tracked."""
    at = (match(moment.seen, truth.at(moment.stamp), "both") for moment in recording.moments)
    return sum(person in people.values() for people in at)


def test_people_in_a_street_are_tracked_with_both_sensors_and_with_one(ros: None, tmp_path: Path) -> None:
    recording, truth = through_the_nodes(5, tmp_path)
    counts = recording.counts
    assert (counts["sweeps"], counts["frames"], counts["dropped"]) == (29, 9, 0)
    assert counts["paired"] == 9 and counts["lone_sweeps"] == 20
    assert found(recording, truth, 0) >= 15, "the cyclist is there in all 29 sweeps"
    assert found(recording, truth, 1) >= 2, "a pedestrian is there in the first 6 sweeps"
    assert found(recording, truth, 2) >= 8, "another is there in the last 16 sweeps, by LiDAR alone"
    assert recording.answers, "identity_node says something about them"


def test_a_street_without_people_stays_empty(ros: None, tmp_path: Path) -> None:
    recording, _ = through_the_nodes(9, tmp_path)
    assert recording.counts["paired"] == 12 and recording.counts["dropped"] == 0
    assert len(recording.moments) == 12
    assert len({seen.track for moment in recording.moments for seen in moment.seen}) <= 1
