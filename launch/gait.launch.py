"""Recognise people by the way they walk: both nodes, with a recording or RViz if asked for.

ros2 launch sgcross_ros gait.launch.py image:=/cam/image_raw camera_info:=/cam/camera_info points:=/scan
ros2 launch sgcross_ros gait.launch.py bag:=walk.mcap image:=/cam/image_raw/compressed
"""

from __future__ import annotations

import os
from typing import Any

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
)
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from sgcross_ros import environment

PACKAGE = environment.PACKAGE
YES_NO = ["true", "false"]

# Name, default, meaning, allowed values.
ARGUMENTS: list[tuple[str, str, str, list[str] | None]] = [
    ("image", "/camera/image_raw", "topic of the camera's pictures", None),
    ("compressed", "", "whether they are CompressedImage; empty means: if the topic ends so", ["", *YES_NO]),
    ("camera_info", "/camera/camera_info", "topic of the camera's calibration", None),
    ("points", "/lidar/points", "topic of the LiDAR's sweeps", None),
    ("config", "", "parameter file; empty means the defaults, as config/gait.yaml lists them", None),
    ("gallery", "", "file of the enrolled people; empty means the one of the configuration", None),
    ("weights", "", "weight file of the recognition network; empty means the shipped one", None),
    ("segmenter", "", "who finds people in pictures; empty means the one of the configuration", None),
    ("segmenter_weights", "", "weight file of that segmenter, where it needs one", None),
    ("bag", "", "a recording to play, with simulated time; empty means live sensors", None),
    ("rate", "1.0", "times real time; 0 is as fast as the nodes keep up", None),
    ("loops", "1", "how often to play the recording; 0 is without end", None),
    ("stay", "false", "go on after the recording's end instead of shutting down", YES_NO),
    ("rviz", "false", "start RViz with our view", YES_NO),
    ("use_sim_time", "", "take the time from /clock; empty means: when a bag is played", ["", *YES_NO]),
]


def generate_launch_description() -> LaunchDescription:
    """Launch calls this."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=meaning, choices=choices)
        for name, default, meaning, choices in ARGUMENTS
    ]
    missing = environment.needed(os.environ).items()  # the middleware's profile, unless the user has one
    settings = [SetEnvironmentVariable(name, value) for name, value in missing]
    return LaunchDescription([*declared, *settings, OpaqueFunction(function=_nodes)])


def _nodes(context: LaunchContext) -> list[Any]:
    given = {name: LaunchConfiguration(name).perform(context) for name, *_ in ARGUMENTS}
    actions = [_people(given), _identity(given)]
    if given["bag"]:
        actions += _player(given)
    if _yes(given["rviz"]):
        actions.append(_rviz(given))
    return actions


def _chosen(given: dict[str, str]) -> dict[str, bool]:
    """What follows from the arguments when it is not said."""
    simulated = given["use_sim_time"] or ("true" if given["bag"] else "false")
    compressed = given["compressed"] or str(given["image"].endswith("/compressed"))
    return {"use_sim_time": _yes(simulated), "compressed": _yes(compressed)}


def _people(given: dict[str, str]) -> Node:
    values: dict[str, Any] = {**_chosen(given)}
    if given["segmenter"]:
        values["people.segmenter.backend"] = given["segmenter"]
    if given["segmenter_weights"]:
        values["people.segmenter.weights"] = given["segmenter_weights"]
    inputs = [(name, given[name]) for name in ("image", "camera_info", "points")]
    return _node("people_node", given, values, inputs)


def _identity(given: dict[str, str]) -> Node:
    values: dict[str, Any] = {name: given[name] for name in ("gallery", "weights") if given[name]}
    values["use_sim_time"] = _chosen(given)["use_sim_time"]
    return _node("identity_node", given, values, [])


def _node(
    name: str, given: dict[str, str], chosen: dict[str, Any], remappings: list[tuple[str, str]]
) -> Node:
    files = [given["config"]] if given["config"] else []
    return Node(
        package=PACKAGE,
        executable=name,
        name=name,
        parameters=[*files, chosen],
        remappings=remappings,
        respawn=False,
        output="screen",
    )


def _player(given: dict[str, str]) -> list[Any]:
    chosen = {
        "bag": given["bag"],
        "rate": float(given["rate"]),
        "loops": int(given["loops"]),
        "wait_for": f"{given['image']},{given['points']}",
        "wait_for_nodes": "tracks,identities",
    }
    player = Node(
        package=PACKAGE, executable="player_node", name="player_node", parameters=[chosen], output="screen"
    )
    if _yes(given["stay"]):
        return [player]
    end = EmitEvent(event=Shutdown(reason="the recording is over"))
    return [player, RegisterEventHandler(OnProcessExit(target_action=player, on_exit=[end]))]


def _rviz(given: dict[str, str]) -> Node:
    return Node(
        package="rviz2",
        executable="rviz2",
        arguments=["-d", str(environment.config_dir() / "gait.rviz")],
        parameters=[{"use_sim_time": _chosen(given)["use_sim_time"]}],
        remappings=[("/lidar/points", given["points"])],
        output="screen",
    )


def _yes(text: str) -> bool:
    return text.lower() == "true"
