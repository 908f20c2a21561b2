"""Turns a KITTI raw drive into one of our bags and its truth file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from training.bags.kitti import Box, Drive, DriveCalibration, read_points
from training.bags.messages import StaticTransform
from training.bags.writer import BagWriter

IMAGE, INFO, POINTS = "/camera/image_raw/compressed", "/camera/camera_info", "/lidar/points"
CAMERA_FRAME, LIDAR_FRAME = "camera_optical_frame", "lidar"
JPEG_QUALITY = 95
# What KITTI's files hold: beams and the times of single points are not among it.
POINT = np.dtype([(name, "<f4") for name in ("x", "y", "z", "intensity")])


def convert_kitti(drive: Drive, out: Path) -> dict[str, Any]:
    """Write the bag and, beside it, STEM.truth.json; returns the truth. Shows a progress bar.

    Truth boxes have a `yaw` (radians about z) besides the world's fields; `pixels` is the area of the box's
    outline in the picture, 0 without one. Everybody is a stranger: KITTI knows no names.
    """
    labels = []
    items = sorted(_items(drive))
    with BagWriter(out) as bag:
        _write_frames_of_reference(bag, drive.calibration, items[0][0])
        for stamp, number, sensor in tqdm(items, desc=drive.folder.name, unit="message"):
            if sensor == "camera":
                _write_picture(bag, drive, number, stamp)
            else:
                labels.append(_write_sweep(bag, drive, number, stamp))
    truth = {"people": _people(drive), "frames": labels}
    out.with_suffix(".truth.json").write_text(json.dumps(truth))
    return truth


def _items(drive: Drive) -> Iterator[tuple[int, int, str]]:
    yield from ((stamp, number, "camera") for number, (stamp, _) in drive.frames.items())
    yield from ((stamp, number, "lidar") for number, (stamp, _) in drive.sweeps.items())


def _write_frames_of_reference(bag: BagWriter, calibration: DriveCalibration, stamp: int) -> None:
    camera_to_lidar = np.linalg.inv(calibration.lidar_to_camera).astype(np.float64)
    bag.static_transforms([StaticTransform(LIDAR_FRAME, CAMERA_FRAME, camera_to_lidar)], stamp)


def _write_picture(bag: BagWriter, drive: Drive, number: int, stamp: int) -> None:
    path = drive.frames[number][1]
    if (picture := cv2.imread(str(path))) is None:
        raise ValueError(f"{path} is not a readable picture")
    height, width = picture.shape[:2]
    camera = drive.calibration
    if (width, height) != (camera.width, camera.height):
        found, wanted = f"{width}x{height}", f"{camera.width}x{camera.height}"
        raise ValueError(f"{path} is {found}; the calibration (S_rect_02) is for {wanted}")
    bag.camera_info(INFO, stamp, CAMERA_FRAME, camera.intrinsics, np.zeros(5), width, height)
    bag.image_jpeg(IMAGE, stamp, CAMERA_FRAME, picture.astype(np.uint8), JPEG_QUALITY)


def _write_sweep(bag: BagWriter, drive: Drive, number: int, stamp: int) -> dict[str, Any]:
    points = read_points(drive.sweeps[number][1])
    bag.points(POINTS, stamp, LIDAR_FRAME, points.view(POINT)[:, 0])
    camera = drive.calibration if number in drive.frames else None
    boxes = [(person, tracklet.boxes.get(number)) for person, tracklet in enumerate(drive.tracklets)]
    return {"stamp": stamp, "boxes": [_label(p, box, points, camera) for p, box in boxes if box is not None]}


def _label(
    person: int, box: Box, points: NDArray[np.float32], camera: DriveCalibration | None
) -> dict[str, Any]:
    return {
        "id": person,
        "centre": box.centre.tolist(),
        "size": box.size.tolist(),
        "yaw": box.yaw,
        "points": int(box.inside(points).sum()),
        "pixels": 0 if camera is None else outline_area(box, camera),
    }


def outline_area(box: Box, camera: DriveCalibration) -> int:
    """Pixels of the upright rectangle around the projected box inside the picture; 0 if partly behind."""
    corners = box.corners() @ camera.lidar_to_camera[:3, :3].T + camera.lidar_to_camera[:3, 3]  # (8, 3)
    if (corners[:, 2] < 0.1).any():
        return 0
    pixels = (corners @ camera.intrinsics.T / corners[:, 2:])[:, :2]  # (8, 2)
    pixels = np.clip(pixels, 0, [camera.width, camera.height])
    return int(np.prod(np.ptp(pixels, axis=0)))


def _people(drive: Drive) -> list[dict[str, Any]]:
    names = [f"{tracklet.kind} {person}" for person, tracklet in enumerate(drive.tracklets)]
    return [{"id": person, "name": name, "stranger": True} for person, name in enumerate(names)]
