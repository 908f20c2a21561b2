from __future__ import annotations

import re

import numpy as np
import pytest

from training.world import speed
from training.world.command import main


def test_everybody_of_the_crowd_is_in_view_of_both_sensors():
    scene = speed.crowded()
    shot, turn = next(scene.shots(speed.MOMENT_S, 99)), next(scene.turns(speed.MOMENT_S, 99))
    assert len(shot.view.alone) == len(shot.bodies) == speed.CROWD
    assert min(shot.view.alone) > 0
    assert len(turn.bodies) == speed.CROWD and shot.view.image.shape == (480, 640, 3)
    assert scene.config.lidar.beams * scene.config.lidar.columns == 64 * 1024


def test_scene_times_are_times():
    frame, sweep = speed.scene_times()
    assert 0.001 < frame < 10 and 0.001 < sweep < 10


def test_speed_says_all_it_measures(capsys):
    assert main(["speed", "--walks", "1", "--views", "090", "--jobs", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 14 and all(re.search(r" [\d.]+( \w+)?$", line) for line in lines)
    figures = [float(re.search(r" ([\d.]+)( \w+)?$", line)[1]) for line in lines]
    rates, every = np.array(figures[:8]), figures[8]
    assert 0 < rates.min() * 0.3 < every < rates.max() * 3
    assert figures[10] > figures[9] > 0  # the larger preset takes longer


@pytest.mark.parametrize(
    "words, said",
    [
        (["--walks", "0"], "walks must be 1 or more; got 0"),
        (["--jobs", "0"], "jobs must be 1 or more; got 0"),
    ],
)
def test_nothing_to_measure(capsys, words, said):
    assert main(["speed", *words]) == 2
    assert said in capsys.readouterr().err
