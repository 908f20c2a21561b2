"""A toy place: figures of cylinders for the LiDAR and of strokes for the camera, before a wall and a pole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from sgcross_core.people import PeopleConfig, PeoplePipeline, TrackedPerson
from sgcross_core.sensing import Calibration, CameraModel, RigidTransform

EYE_M = 1.6  # both sensors are so high above the ground
WALL_M = 14.0
POLE = (11.0, 3.0)
WIDTH, HEIGHT, FOCAL = 640, 480, 550.0
CAMERA = CameraModel(np.array([[FOCAL, 0, 320], [0, FOCAL, 240], [0, 0, 1.0]]), np.zeros(5), WIDTH, HEIGHT)
CALIBRATION = Calibration.forward(CAMERA)
GROUND_Z = -EYE_M

Said = list[tuple[float, list[TrackedPerson]]]  # seconds, and who is tracked then


@dataclass(frozen=True)
class Figure:
    """Somebody at (x, y) who walks with (vx, vy), metres and m/s, from second to second; BGR colour."""

    x: float
    y: float
    vx: float = 0.0
    vy: float = 0.0
    height: float = 1.75
    colour: tuple[int, int, int] = (40, 60, 170)
    since: float = 0.0
    until: float = 1e9

    def at(self, time: float) -> tuple[float, float]:
        return self.x + self.vx * time, self.y + self.vy * time

    def there(self, time: float) -> bool:
        return self.since <= time < self.until

    def step(self, time: float) -> float:
        """How far the feet are from the middle, metres."""
        return 0.25 * np.sin(2 * np.pi * 0.95 * time + self.height) * (self.vx != 0 or self.vy != 0)


def sweep(people: Sequence[Figure], time: float, seed: int = 0) -> np.ndarray:
    """Float32 (P, 3) in the LiDAR frame."""
    random = np.random.default_rng(seed)
    far = EMPTY_RANGES.copy()
    for figure in people:
        if figure.there(time):
            (x, y), reach = figure.at(time), 0.6
            toward = RAYS[:, :2] @ (x, y) > np.cos(np.arctan2(reach, np.hypot(x, y))) * np.hypot(x, y) * FLAT
            far[toward] = np.minimum(far[toward], body(RAYS[toward], figure, time))
    noisy = far + random.normal(0, 0.01, len(far))
    return (RAYS * noisy[:, None])[far < 40].astype(np.float32)


def empty_ranges() -> np.ndarray:
    """How far along each ray the ground, the wall or the pole is."""
    with np.errstate(divide="ignore"):
        far = np.where(RAYS[:, 2] < 0, GROUND_Z / RAYS[:, 2], np.inf)
    return np.min([far, WALL_M / RAYS[:, 0], cylinder(RAYS, *POLE, 0.1, 0.0, 1.9)], axis=0)


def rays() -> np.ndarray:
    """Directions (N, 3) of a sensor of 47 beams that looks at 90 degrees."""
    azimuth, elevation = np.radians(np.arange(-45, 45, 0.33)), np.radians(np.arange(-25, 8, 0.7))
    a, e = (grid.ravel() for grid in np.meshgrid(azimuth, elevation))
    return np.column_stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])


def body(rays: np.ndarray, figure: Figure, time: float) -> np.ndarray:
    """How far along rays (N, 3) a figure is, inf where it is missed."""
    (x, y), h = figure.at(time), figure.height
    speed = max(float(np.hypot(figure.vx, figure.vy)), 1e-6)
    dx, dy = figure.vx / speed * figure.step(time), figure.vy / speed * figure.step(time)
    legs = [(x + dx, y + dy, 0.08, 0, 0.5), (x - dx, y - dy, 0.08, 0, 0.5)]
    parts = [(x, y, 0.21, 0.47, 0.85), (x, y, 0.1, 0.85, 1.0), *legs]
    return np.min([cylinder(rays, px, py, r, low * h, high * h) for px, py, r, low, high in parts], axis=0)


def cylinder(rays: np.ndarray, x: float, y: float, radius: float, low: float, high: float) -> np.ndarray:
    """Distance along rays (N, 3) to an upright cylinder between two heights above the ground."""
    a = rays[:, 0] ** 2 + rays[:, 1] ** 2
    b = rays[:, 0] * x + rays[:, 1] * y
    root = b * b - a * (x * x + y * y - radius * radius)
    far = (b - np.sqrt(np.maximum(root, 0))) / a
    z = far * rays[:, 2] - GROUND_Z
    return np.where((root >= 0) & (far > 0) & (z >= low) & (z <= high), far, np.inf)


def scenery() -> np.ndarray:
    """The empty picture, uint8 (480, 640, 3): textured wall and floor, and the pole."""
    random = np.random.default_rng(7)
    rough = cv2.resize(random.integers(0, 40, (60, 80, 3)).astype(np.uint8), (WIDTH, HEIGHT))
    picture = np.full((HEIGHT, WIDTH, 3), (150, 160, 165), np.uint8)
    picture[int(240 + FOCAL * EYE_M / WALL_M) :] = (110, 130, 120)
    ends = np.array([[*POLE, GROUND_Z + 1.9], [*POLE, GROUND_Z]])
    (u, top), (_, foot) = CALIBRATION.project(ends).astype(int)
    cv2.rectangle(picture, (u - 4, top), (u + 4, foot), (70, 70, 75), -1)
    return cv2.subtract(picture, rough)


EMPTY = scenery()
RAYS = rays()
FLAT = np.hypot(RAYS[:, 0], RAYS[:, 1])
EMPTY_RANGES = empty_ranges()
NOISE = np.random.default_rng(3).integers(0, 7, (8, HEIGHT, WIDTH, 3), np.uint8)


def picture(people: Sequence[Figure], time: float, seed: int = 0) -> np.ndarray:
    """Uint8 (480, 640, 3) BGR; nearer figures in front."""
    drawn = EMPTY.copy()
    for figure in sorted(people, key=lambda one: -one.at(time)[0]):
        if figure.there(time):
            shape, (_, top, _, bottom) = figure_mask(figure, time), box(figure, time)
            drawn[shape] = figure.colour
            shape[: max(0, round(bottom - 0.48 * (bottom - top)))] = False
            drawn[shape] //= 2  # the legs
    return cv2.add(drawn, NOISE[seed % len(NOISE)])


def box(figure: Figure, time: float) -> tuple[float, float, float, float]:
    """Where a figure is in the picture: left, top, right, bottom."""
    (x, y), half = figure.at(time), 0.3
    points = np.array([[x, y + half, GROUND_Z + figure.height], [x, y - half, GROUND_Z]])
    (left, top), (right, bottom) = CALIBRATION.project(points).tolist()
    return left, top, right, bottom


def figure_mask(figure: Figure, time: float) -> np.ndarray:
    """Bool (480, 640): which pixels a figure fills when nobody is before it."""
    canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
    left, top, right, bottom = box(figure, time)
    middle, h = (left + right) / 2, bottom - top
    if not np.isfinite(h):
        return canvas > 0
    point = lambda across, up: (round(middle + across * h), round(bottom - up * h))  # noqa: E731
    swing = figure.step(time) / figure.height
    cv2.circle(canvas, point(0, 0.93), round(0.07 * h), 255, -1)
    cv2.rectangle(canvas, point(-0.12, 0.86), point(0.12, 0.47), 255, -1)
    for side in (-1, 1):
        hip, foot = point(0.06 * side, 0.5), point(0.06 * side + swing * side, 0.03)
        cv2.line(canvas, hip, foot, 255, max(1, round(0.09 * h)))
    canvas[max(0, round(bottom)) :] = 0
    return canvas > 0


def walk(
    people: Sequence[Figure], seconds: float, sensors: str = "both", config: PeopleConfig | None = None,
    start: float = 0.0, pipeline: PeoplePipeline | None = None, rate: float = 10.0,
) -> Said:  # fmt: skip
    """What a pipeline says of the toy place; sensors: both, camera, lidar, or a function of time to these."""
    pipeline = pipeline or PeoplePipeline(config, CALIBRATION)
    said = []
    for number in range(round(seconds * rate)):
        time = start + number / rate
        mode = sensors(time) if callable(sensors) else sensors
        image = picture(people, time, number) if mode in ("both", "camera") else None
        xyz = sweep(people, time, number) if mode in ("both", "lidar") else None
        said.append((time, pipeline.step(round(time * 1e9), image, xyz)))
    return said


def tracks_of(figure: Figure, said: Said, within: float = 0.8) -> list[int | None]:
    """The track number nearest to a figure in each moment it is there, None where nobody is near."""
    numbers: list[int | None] = []
    for time, people in said:
        if figure.there(time):
            away = {p.track: float(np.hypot(*(p.position[:2] - figure.at(time)))) for p in people}
            near = min(away, key=away.get, default=None)
            numbers.append(near if near is not None and away[near] < within else None)
    return numbers


def moved_lidar(yaw: float, shift: tuple[float, float, float]) -> RigidTransform:
    """LiDAR to camera for a LiDAR that is turned and shifted against the camera of the toy place."""
    turn = RigidTransform.from_quaternion(shift, (0, 0, np.sin(yaw / 2), np.cos(yaw / 2)))
    return CALIBRATION.lidar_to_camera @ turn
