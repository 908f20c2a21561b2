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

from sgcross_core.runtime.untrained import write_untrained  # noqa: E402
from sgcross_ros.demo.records import Recording  # noqa: E402
from sgcross_ros.demo.stage import Stage, stage  # noqa: E402
from sgcross_ros.demo.truth import Truth, match  # noqa: E402

KITTI = Path(__file__).parents[2] / "shared" / "data" / "kitti_raw" / "2011_09_26"

pytestmark = pytest.mark.skipif(not KITTI.exists(), reason=f"the KITTI recordings are not at {KITTI}")


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, tuple[Recording, Truth]]]:
    """What the nodes said about both drives, and the truth. The second comes minutes after the first."""
    folder = tmp_path_factory.mktemp("kitti")
    weights = folder / "untrained.safetensors"  # this is about tracking: nobody here is enrolled
    write_untrained(weights)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.private(environment.claim_domain()).items():
            patch.setenv(name, value)
        rclpy.init()
        try:
            # As fast as the nodes keep up, so that a slow machine changes nothing.
            with stage(folder / "logs", folder / "gallery.db", 0.0, str(weights)) as scene:
                yield {drive: through_the_nodes(scene, drive, folder) for drive in (5, 9)}
        finally:
            rclpy.try_shutdown()


def through_the_nodes(scene: Stage, drive: int, folder: Path) -> tuple[Recording, Truth]:
    """Convert a drive and play it."""
    bag = folder / f"{drive:04d}.mcap"
    source = KITTI / f"2011_09_26_drive_{drive:04d}_sync"
    convert = [sys.executable, "-m", "sgcross_core.cli", "convert", "kitti", str(source), str(bag)]
    subprocess.run(convert, check=True)
    truth = Truth.load(folder / f"{drive:04d}.truth.json")
    return scene.play(bag, "both", truth, f"drive {drive}", pictures=1), truth


def times_found(recording: Recording, truth: Truth) -> dict[int, int]:
    """In how many moments each person was tracked."""
    matched = [match(moment.seen, truth.at(moment.stamp), "both") for moment in recording.moments]
    return {person: sum(person in people.values() for people in matched) for person in truth.people}


def test_people_in_a_street_are_tracked_with_both_sensors_and_with_one(walks: dict) -> None:
    recording, truth = walks[5]
    counts = recording.counts
    assert (counts["sweeps"], counts["frames"], counts["lost"]) == (29, 9, 0)
    assert counts["paired"] == 9 and counts["lone_sweeps"] == 20
    times = times_found(recording, truth)
    assert times[1] >= 1, "a pedestrian is there in the first six sweeps"
    assert times[0] >= 3, "a cyclist is there in every sweep, most of them by LiDAR alone"
    assert recording.answers and recording.overlays


def test_a_street_without_people_stays_empty(walks: dict) -> None:
    recording, _ = walks[9]
    # The first sweep does not wait: the camera has been silent since the other drive.
    assert recording.counts["paired"] >= 11 and recording.counts["lost"] == 0
    assert len({seen.track for moment in recording.moments for seen in moment.seen}) <= 1
