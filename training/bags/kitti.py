"""A drive of the KITTI raw data set (Geiger et al., IJRR 2013): left colour camera, Velodyne, tracklets.

Frames and sweeps are known by their file number. The lists of time stamps have one line for every number of
the whole drive, also for numbers whose files are not there. KITTI's clock has no zone; it is read as UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

CAMERA, LIDAR = "image_02", "velodyne_points"
PEOPLE = ("Pedestrian", "Person (sitting)", "Cyclist")
POINT_BYTES = 16  # float32 x, y, z, reflectance
# A box corner in units of half its length, width and height.
CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)


@dataclass(frozen=True)
class DriveCalibration:
    """The rectified left colour camera seen from the Velodyne.

    intrinsics: float64 (3, 3), pixels, of pictures without distortion; width, height: pixels
    lidar_to_camera: float64 (4, 4), LiDAR coordinates into the camera's optical frame, metres
    """

    intrinsics: NDArray[np.float64]
    lidar_to_camera: NDArray[np.float64]
    width: int
    height: int


@dataclass(frozen=True)
class Box:
    """A labelled person at one moment: centre (3,), size (3,) as length, width, height; metres, LiDAR."""

    centre: NDArray[np.float64]
    size: NDArray[np.float64]
    yaw: float  # radians about z, of the length against x

    def inside(self, points: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of the points, float32 (P, 3+), lie in the box: bool (P,)."""
        local = (points[:, :3] - self.centre) @ _turn(self.yaw)  # (P, 3), x along the length
        return np.asarray((np.abs(local) <= self.size / 2).all(axis=1))

    def corners(self) -> NDArray[np.float64]:
        """float64 (8, 3)."""
        return np.asarray(CORNERS * self.size / 2 @ _turn(self.yaw).T + self.centre)


@dataclass(frozen=True)
class Tracklet:
    """One labelled person: `boxes` by frame number."""

    kind: str
    boxes: dict[int, Box]


@dataclass(frozen=True)
class Drive:
    """What is there of a drive: files by number, with stamps in nanoseconds."""

    folder: Path
    calibration: DriveCalibration
    frames: dict[int, tuple[int, Path]]
    sweeps: dict[int, tuple[int, Path]]
    tracklets: list[Tracklet]

    @classmethod
    def open(cls, folder: Path) -> Drive:
        """Read everything but pictures and points; ValueError says what was found and what was expected."""
        _check_layout(folder)
        frames, sweeps = _files(folder / CAMERA, ".png"), _files(folder / LIDAR, ".bin")
        if not frames and not sweeps:
            raise ValueError(f"{folder} holds neither {CAMERA}/data/*.png nor {LIDAR}/data/*.bin")
        return cls(folder, read_calibration(folder.parent), frames, sweeps, read_tracklets(folder))


def _check_layout(folder: Path) -> None:
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; expected a drive such as 2011_09_26_drive_0005_sync")
    if not any((folder / sensor / "data").is_dir() for sensor in (CAMERA, LIDAR)):
        found = ", ".join(sorted(path.name for path in folder.iterdir())[:6]) or "nothing"
        wanted = f"expected {CAMERA}/data or {LIDAR}/data"
        raise ValueError(f"{folder} is not a KITTI raw drive: found {found}; {wanted}")


def read_points(path: Path) -> NDArray[np.float32]:
    """A Velodyne file as float32 (P, 4): x forward, y left, z up in metres, reflectance 0..1."""
    size = path.stat().st_size
    if extra := size % POINT_BYTES:
        raise ValueError(f"{path} is cut off: {size} bytes, {extra} past a whole {POINT_BYTES}-byte point")
    return np.fromfile(path, "<f4").reshape(-1, 4)  # (P, 4)


def read_calibration(folder: Path) -> DriveCalibration:
    """The calibration of a day, from calib_cam_to_cam.txt and calib_velo_to_cam.txt.

    The projection is P_rect_02 @ R_rect_00 @ velo_to_cam (KITTI's readme). P_rect_02 = K [I | t] holds the
    shift from camera 0 to camera 2, which goes into the transform, so that K is a plain pinhole matrix.
    """
    cameras, velodyne = (_table(folder / f"calib_{name}_to_cam.txt") for name in ("cam", "velo"))
    projection = _numbers(cameras, "P_rect_02", folder, (3, 4))
    intrinsics = projection[:, :3]
    shift = _rigid(np.eye(3), np.linalg.solve(intrinsics, projection[:, 3]).astype(np.float64))
    rectify = _rigid(_numbers(cameras, "R_rect_00", folder, (3, 3)), np.zeros(3))
    mount = _rigid(_numbers(velodyne, "R", folder, (3, 3)), _numbers(velodyne, "T", folder, (3,)))
    width, height = _numbers(cameras, "S_rect_02", folder, (2,)).astype(int)
    return DriveCalibration(intrinsics, shift @ rectify @ mount, int(width), int(height))


def read_tracklets(folder: Path) -> list[Tracklet]:
    """The labelled people and cyclists of tracklet_labels.xml; an empty list when the drive has no labels."""
    path = folder / "tracklet_labels.xml"
    if not path.exists():
        return []
    try:
        items = ElementTree.parse(path).getroot().findall("tracklets/item")
        return [_tracklet(item) for item in items if item.findtext("objectType") in PEOPLE]
    except (ElementTree.ParseError, TypeError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as KITTI tracklets: {error}") from error


def _tracklet(item: ElementTree.Element) -> Tracklet:
    size = np.array([_value(item, key) for key in ("l", "w", "h")])
    first = int(_value(item, "first_frame"))
    poses = enumerate(item.findall("poses/item"), first)
    return Tracklet(item.findtext("objectType", ""), {number: _box(pose, size) for number, pose in poses})


def _box(pose: ElementTree.Element, size: NDArray[np.float64]) -> Box:
    """KITTI's position is the middle of the box's floor."""
    floor = np.array([_value(pose, key) for key in ("tx", "ty", "tz")])
    return Box(floor + np.array([0, 0, size[2] / 2]), size, _value(pose, "rz"))


def _value(item: ElementTree.Element, key: str) -> float:
    if (text := item.findtext(key)) is None:
        raise ValueError(f"an item has no <{key}>")
    return float(text)


def _files(sensor: Path, suffix: str) -> dict[int, tuple[int, Path]]:
    paths = [path for path in sorted((sensor / "data").glob(f"*{suffix}")) if path.stem.isdigit()]
    stamps = sensor / "timestamps.txt"
    lines = _lines(stamps) if paths else []
    return {int(path.stem): (_stamp(stamps, lines, int(path.stem)), path) for path in paths}


def _stamp(stamps: Path, lines: list[str], number: int) -> int:
    """The stamp of a file number, nanoseconds since 1970; numpy reads all nine digits, datetime only six."""
    text = lines[number].strip() if number < len(lines) else ""
    if not text:
        raise ValueError(f"{stamps} has no time for file {number}; it has {len(lines)} lines")
    return int(np.datetime64(text, "ns").astype(np.int64))


def _lines(path: Path) -> list[str]:
    if not path.exists():
        raise ValueError(f"{path} is missing; a KITTI raw drive has it")
    return path.read_text().splitlines()


def _table(path: Path) -> dict[str, str]:
    if not path.exists():
        raise ValueError(f"calibration is missing: expected {path}, beside the drive's folder")
    return dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)


def _numbers(table: dict[str, str], key: str, folder: Path, shape: tuple[int, ...]) -> NDArray[np.float64]:
    if key not in table:
        raise ValueError(f"the calibration in {folder} has no {key}; found {', '.join(table)}")
    values = np.array([float(word) for word in table[key].split()])
    if values.size != np.prod(shape):
        raise ValueError(f"{key} in {folder} has {values.size} numbers; expected {int(np.prod(shape))}")
    return values.reshape(shape)


def _rigid(rotation: NDArray[np.float64], translation: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, translation
    return matrix


def _turn(yaw: float) -> NDArray[np.float64]:
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
