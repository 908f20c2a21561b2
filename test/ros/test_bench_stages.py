"""Every stage of a moment is timed on a small bag."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sgcross_ros import environment

environment.prepare()
pytest.importorskip("rclpy", reason="needs ROS 2: the extra [ros], or a sourced installation")

from sgcross_core.runtime.untrained import write_untrained  # noqa: E402
from sgcross_ros.bench import stages  # noqa: E402
from sgcross_ros.bench.replay import moments  # noqa: E402
from sgcross_ros.bench.stopwatch import Stopwatch  # noqa: E402
from training.bags import BagWriter, StaticTransform  # noqa: E402

MS = 1_000_000
LOOKING_ALONG_X = np.array([[0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds: bare ground, on which a pillar the size of a person walks from the first second on."""
    path = tmp_path_factory.mktemp("bag") / "walk.mcap"
    with BagWriter(path) as out:
        out.static_transforms([StaticTransform("lidar", "camera", LOOKING_ALONG_X)], 0)
        for i in range(20):
            stamp = i * 100 * MS
            image = np.full((48, 64, 3), 90, np.uint8)
            out.camera_info(
                "/camera/camera_info", stamp, "camera", np.diag([50, 50, 1.0]), np.zeros(5), 64, 48
            )
            out.image_jpeg("/camera/image_raw/compressed", stamp, "camera", image)
            out.points("/lidar/points", stamp + 5 * MS, "lidar", sweep(i))
    return path


def sweep(i: int) -> np.ndarray:
    """float32 structured (P,): ground 1.8 m below and, later, a pillar."""
    x, y = np.mgrid[2:14:0.2, -6:6:0.2].reshape(2, -1)
    ground = np.stack([x, y, np.full_like(x, -1.8)], axis=1)
    turn, height = np.mgrid[0 : 2 * np.pi : 0.2, -1.8:0:0.05].reshape(2, -1)
    pillar = np.stack([6 + 0.2 * np.cos(turn), 0.14 * i - 1 + 0.2 * np.sin(turn), height], axis=1)
    points = np.concatenate([ground, pillar] if i >= 10 else [ground]).astype(np.float32)
    return points.view([(name, "<f4") for name in "xyz"])[:, 0]


def test_moments_come_as_pairs_with_their_calibration(bag: Path) -> None:
    watch = Stopwatch()
    found = list(moments(bag, watch))
    assert sum(m.frame is not None and m.sweep is not None for m, _ in found) >= 18
    assert found[-1][1] is not None and len(watch.times["pairing, a message"]) == 40


def test_every_stage_is_timed(bag: Path, tmp_path: Path) -> None:
    weights = tmp_path / "untrained.safetensors"
    write_untrained(weights)
    figures = stages.stage_times(bag, str(weights))
    assert list(figures) == [stage for stage in stages.ORDER if stage in figures]
    assert set(stages.ORDER) - set(figures) <= {"recognise", "  gait frame, a person"}
    assert figures["all of a moment"]["count"] == figures["people"]["count"] >= 19
    assert figures["all of a moment"]["p50"] >= figures["people"]["p50"] > 0


def test_a_stopwatch_gives_the_function_back() -> None:
    watch = Stopwatch()
    with watch.inside(stages, "moments", "reading"):
        assert stages.moments is not moments
        with pytest.raises(TypeError):
            stages.moments()
    assert stages.moments is moments
