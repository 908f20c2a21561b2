"""A stick person who walks as told, written as BVH: centimetres, y up, facing z, MotionBuilder's names."""

from __future__ import annotations

from pathlib import Path

import numpy as np

FPS = 50
THIGH, SHANK = 42.0, 42.0
TREE = {
    "Hips": ("", (0, 0, 0)),
    "Neck": ("Hips", (0, 50, 8)),  # the trunk leans forward by 9 degrees
    "Head": ("Neck", (0, 10, 0)),
    **{f"{s}UpLeg": ("Hips", (x * 10, -2, 0)) for s, x in (("Left", 1), ("Right", -1))},
    **{f"{s}Leg": (f"{s}UpLeg", (0, -THIGH, 0)) for s in ("Left", "Right")},
    **{f"{s}Foot": (f"{s}Leg", (0, -SHANK, 0)) for s in ("Left", "Right")},
    **{f"{s}ToeBase": (f"{s}Foot", (x * 2, -3, 14)) for s, x in (("Left", 1), ("Right", -1))},
    **{f"{s}Arm": ("Hips", (x * 20, 45, 0)) for s, x in (("Left", 1), ("Right", -1))},
    **{f"{s}ForeArm": (f"{s}Arm", (0, -28, 0)) for s in ("Left", "Right")},
    **{f"{s}Hand": (f"{s}ForeArm", (0, -25, 0)) for s in ("Left", "Right")},
}
ENDS = {"Head": (0, 18, 0), "LeftHand": (0, -15, 0), "RightHand": (0, -15, 0)}
ENDS |= {"LeftToeBase": (0, 0, 6), "RightToeBase": (0, 0, 6)}


def write(path: Path, **walk) -> Path:
    path.write_text(text(**walk))
    return path


def text(
    seconds=5.0,
    speed=1.2,
    cadence=0.9,
    stance=0.6,
    yaw=0.0,
    turn=0.0,
    jump=False,
    ground=0.0,
    fps=FPS,
    shake=0.0,
):
    """yaw: heading, degrees; turn: degrees a second after two seconds; jump: one frame elsewhere comes first;
    ground: metres it rises each metre ahead; shake: degrees by which the arms tremble at 8 Hz."""
    times = np.arange(round(seconds * fps)) / fps
    heading = np.radians(yaw + turn * np.maximum(times - 2, 0))
    steps = (
        np.stack([np.sin(heading), np.full_like(times, ground), np.cos(heading)], axis=1) * speed * 100 / fps
    )
    places = np.array([0, 92, 0]) + np.cumsum(steps, axis=0)
    if jump:
        places[0] = [0, 92, -900]
    angles = {name: np.zeros_like(times) for name in TREE}
    for side, late in (("Left", 0.0), ("Right", 0.5)):
        hip, knee = leg(times * cadence - late, speed, cadence, stance)
        angles[f"{side}UpLeg"], angles[f"{side}Leg"] = -hip, knee
        swing = np.cos(2 * np.pi * (times * cadence - late))
        swing += shake / 20 * np.sin(2 * np.pi * 8 * times)
        angles[f"{side}Arm"], angles[f"{side}ForeArm"] = 20 * swing, -20 + 5 * swing
    columns = [places, np.degrees(heading)[:, None], angles["Hips"][:, None]]
    columns += [angles[name][:, None] for name in order()[1:]]
    rows = [" ".join(f"{value:.5f}" for value in row) for row in np.hstack(columns)]
    frame_time = f"Frames: {len(times)}\nFrame Time: {1 / fps}\n"
    return "HIERARCHY\n" + "\n".join(hierarchy("Hips")) + "\nMOTION\n" + frame_time + "\n".join(rows) + "\n"


def leg(phases, speed, cadence, stance):
    """Hip and knee flexion in degrees: a straight leg whose foot stands still, then swings forward, bent."""
    phases = phases % 1
    half, share = speed * stance / cadence / 2 * 100 if speed else 0.0, (phases - stance) / (1 - stance)
    ahead = np.where(phases < stance, half * (1 - 2 * phases / stance), -half * np.cos(np.pi * share))
    hip = np.degrees(np.arcsin(np.clip(ahead / (THIGH + SHANK), -0.9, 0.9)))
    return hip, np.where(
        (phases >= stance) & (speed > 0), 45 * np.sin(np.pi * np.clip(share, 0, 1)) ** 2, 0.0
    )


def order(name="Hips"):
    """The joints as the hierarchy lists them."""
    return [name] + [below for child, (parent, _) in TREE.items() if parent == name for below in order(child)]


def hierarchy(name, depth=0):
    pad, (parent, offset) = "  " * depth, TREE[name]
    yield f"{pad}{'JOINT' if parent else 'ROOT'} {name}"
    yield pad + "{"
    yield f"{pad}  OFFSET {offset[0]} {offset[1]} {offset[2]}"
    channels = "1 Xrotation" if parent else "5 Xposition Yposition Zposition Yrotation Xrotation"
    yield f"{pad}  CHANNELS {channels}"
    for child, (above, _) in TREE.items():
        if above == name:
            yield from hierarchy(child, depth + 1)
    if name in ENDS:
        yield pad + "  End Site"
        yield pad + "  {"
        yield f"{pad}    OFFSET {ENDS[name][0]} {ENDS[name][1]} {ENDS[name][2]}"
        yield pad + "  }"
    yield pad + "}"
