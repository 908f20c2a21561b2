"""What a camera and a LiDAR at one place see of one body: masks at native pixels, and points with noise.

Only the rays that can meet the body are cast. Everything is in the LiDAR frame (x ahead, z up, metres) but
the cast itself, which happens in the walker's own frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from training.world.devices import checked_beams
from training.world.echoes import beside, edges, found, mixed
from training.world.occluders import Occluder, nearest
from training.world.raycast import StackedBodies

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]

AT_LIDAR = np.zeros(3, np.float32)
LIDAR_LIMITS = {"step": (1e-3, 10), "noise": (0, 1), "drop": (0, 1), "limit": (0, 500), "divergence": (0, 2)}


@dataclass(frozen=True)
class Passing:
    """A body walking past: frame t shows pose poses[t] at places[t].

    bodies: all the poses; meshes: float32 (P, V, 3), the same ones; poses: (T,); heading: radians;
    places: float32 (T, 3), where the walker's origin is in the LiDAR frame; occluders: what may hide it;
    reflectivity: for the laser, float32 (F,) a face, 0..1, or one number for all; left_out: bool (F,), faces
    that the camera's masks do not count as the person, none if left away
    """

    bodies: StackedBodies
    meshes: Floats
    poses: NDArray[np.intp]
    places: Floats
    heading: float
    occluders: tuple[Occluder, ...] = ()
    reflectivity: Floats | float = 0.5
    left_out: Mask | None = None

    @cached_property
    def turn(self) -> Floats:
        """(3, 3): row vectors times this go from the walker's frame to the LiDAR's axes."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]], np.float32)

    @cached_property
    def vertices(self) -> Floats:
        """float32 (T, V, 3), LiDAR frame."""
        return np.asarray(self.meshes[self.poses] @ self.turn + self.places[:, None])

    def every(self, step: int) -> Passing:
        """The first frame and each step-th after it, of those who walk before it too."""
        if step == 1:
            return self
        others = tuple(o.every(step) if isinstance(o, Passing) else o for o in self.occluders)
        return replace(self, poses=self.poses[::step], places=self.places[::step], occluders=others)

    def hits(self, frames: NDArray[np.intp], origin: Floats, directions: Floats) -> Mask:
        """Whether rays from one origin (3,) along directions (R, 3) show the body of their frames, (R,); what
        is left out does not count."""
        start = ((origin - self.places) @ self.turn.T)[frames]
        met = self._met(self.poses[frames], start, directions @ self.turn.T)
        if self.occluders:
            at = np.flatnonzero(met)
            first = nearest(self.occluders, frames[at], directions[at], origin)
            doubtful = at[np.isfinite(first)]
            behind = self.distances(frames[doubtful], directions[doubtful], origin)
            met[doubtful] = behind < first[np.isfinite(first)]
        return met

    def _met(self, poses: NDArray[np.intp], start: Floats, directions: Floats) -> Mask:
        if self.left_out is None:
            return self.bodies.hits(poses, start, directions)
        _, face, _ = self.bodies.returns(poses, start, directions)
        return (face >= 0) & ~self.left_out[face]

    def distances(self, frames: NDArray[np.intp], directions: Floats, origin: Floats = AT_LIDAR) -> Floats:
        """Lengths (R,) along rays from one origin (3,) to the body alone, inf for a miss."""
        start = ((origin - self.places) @ self.turn.T)[frames]
        return self.bodies.distances(self.poses[frames], start, directions @ self.turn.T)

    def returns(self, frames: NDArray[np.intp], directions: Floats) -> tuple[Floats, Floats]:
        """Lengths (R,) along unit rays from the LiDAR to what the body shows, inf for a miss; how strong (R,)
        the echo is: reflectivity times cosine of the angle of incidence."""
        start = (-self.places @ self.turn.T)[frames]
        length, face, facing = self.bodies.returns(self.poses[frames], start, directions @ self.turn.T)
        if self.occluders:
            length[nearest(self.occluders, frames, directions, AT_LIDAR) < length] = np.inf
        skin = self.reflectivity[face] if isinstance(self.reflectivity, np.ndarray) else self.reflectivity
        return length, (skin * facing).astype(np.float32)


@dataclass(frozen=True)
class CameraSight:
    """A pinhole camera without a border: what it sees of a body is never cut.

    focal: pixels; yaw left and pitch down of the optical axis, degrees; origin: metres, LiDAR frame
    """

    focal: float = 550.0
    yaw: float = 0.0
    pitch: float = 0.0
    origin: tuple[float, float, float] = (0.0, 0.0, -0.1)

    def masks(self, passing: Passing) -> list[Mask]:
        """One mask a frame, bool (h, w), as large as the body in pixels.

        Every other pixel of every other row is cast first; between agreeing neighbours nothing is cast.
        """
        boxes = self._boxes((passing.vertices - np.asarray(self.origin, np.float32)) @ self._axes)
        masks = [np.zeros((y1 - y0, x1 - x0), bool) for x0, y0, x1, y1 in boxes]
        coarse = [np.zeros_like(mask) for mask in masks]
        for grid in coarse:
            grid[::2, ::2] = True
        self._cast(passing, boxes, coarse, masks)
        self._cast(passing, boxes, [_fill_between(mask) for mask in masks], masks)
        return masks

    def _cast(self, passing: Passing, boxes: list[Box], wanted: list[Mask], masks: list[Mask]) -> None:
        """Cast the wanted pixels and write the answers into the masks."""
        rays = np.concatenate([self._rays(box, want) for box, want in zip(boxes, wanted, strict=True)])
        counts = [np.count_nonzero(want) for want in wanted]
        frames = np.repeat(np.arange(len(boxes)), counts)
        hits = passing.hits(frames, np.asarray(self.origin, np.float32), rays @ self._axes.T)
        answers = np.split(hits, np.cumsum(counts)[:-1])
        for mask, want, answer in zip(masks, wanted, answers, strict=True):
            mask[want] = answer

    @cached_property
    def _axes(self) -> Floats:
        """(3, 3), columns are the optical x (right), y (down), z (ahead) in the LiDAR frame."""
        level = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
        turned = Rotation.from_euler("ZY", [self.yaw, self.pitch], degrees=True)
        return np.asarray(turned.as_matrix() @ level, np.float32)

    def _boxes(self, optical: Floats) -> list[Box]:
        """Left, top, right and bottom pixel borders that hold all vertices of each frame."""
        pixels = optical[..., :2] / optical[..., 2:] * self.focal
        low = np.floor(pixels.min(axis=1)).astype(int).tolist()
        high = np.ceil(pixels.max(axis=1)).astype(int).tolist()
        return [(x0, y0, x1, y1) for (x0, y0), (x1, y1) in zip(low, high, strict=True)]

    def _rays(self, box: Box, wanted: Mask) -> Floats:
        """Optical directions through the centres of the wanted pixels of a box, float32 (R, 3)."""
        rows, columns = np.nonzero(wanted)
        rays = np.ones((len(rows), 3), np.float32)
        rays[:, 0] = (columns + (box[0] + 0.5)) / self.focal
        rays[:, 1] = (rows + (box[1] + 0.5)) / self.focal
        return rays


def _fill_between(mask: Mask) -> Mask:
    """Fill the pixels whose cast neighbours (even rows and columns) all hit; return those in between."""
    known = np.ascontiguousarray(mask[::2, ::2]).astype(np.uint8)
    # A pixel of a 2x2 block lies among its block's cast pixel and the next ones right and below.
    pair = np.ones((2, 2), np.uint8)
    every = cv2.erode(known, pair, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    some = cv2.dilate(known, pair, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    mask |= _doubled(every, mask.shape)
    unsure = _doubled(some, mask.shape) & ~_doubled(every, mask.shape)
    unsure[::2, ::2] = False
    return unsure


def _doubled(picture: NDArray[np.generic], shape: tuple[int, ...]) -> Mask:
    return picture.repeat(2, 0).repeat(2, 1)[: shape[0], : shape[1]].astype(bool)


@dataclass(frozen=True)
class LidarSight:
    """A spinning LiDAR at the origin.

    beams: elevations in degrees, upwards positive and rising, float64 (B,), see devices; step: degrees
    between two columns; noise: sd of the range, metres; drop: share of returns that are lost; limit: range
    at 10 % in metres, see echoes.found, 0 loses no weak ones; divergence: degrees across the beam, 0 is a
    thin ray
    """

    beams: NDArray[np.float64]
    step: float = 0.2
    noise: float = 0.02
    drop: float = 0.03
    limit: float = 0.0
    divergence: float = 0.0

    def __post_init__(self) -> None:
        checked_beams(self.beams, "LidarSight.beams")
        for name, (low, high) in LIDAR_LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"LidarSight.{name} must lie in {low}..{high}; got {getattr(self, name)}")

    def points(self, passing: Passing, rng: np.random.Generator) -> list[Floats]:
        """One sweep's points on the body for each frame, float32 (N, 3)."""
        starts = rng.random(len(passing.poses))
        grids = [self._grid(body, start) for body, start in zip(passing.vertices, starts, strict=True)]
        frames = np.repeat(np.arange(len(grids)), [grid.shape[0] * grid.shape[1] for grid in grids])
        rays = np.concatenate([grid.reshape(-1, 3) for grid in grids])
        reach, strength = passing.returns(frames, rays)
        if self.divergence:
            at = _edges(reach, [grid.shape[:2] for grid in grids])
            self._split(passing, frames[at], rays[at], at, reach, strength)
        seen = np.flatnonzero(np.isfinite(reach))
        lost = (
            self.drop
            if not self.limit
            else 1 - (1 - self.drop) * found(strength[seen], reach[seen], self.limit)
        )
        seen = seen[rng.random(len(seen)) >= lost]
        noisy = reach[seen] + rng.normal(0, self.noise, len(seen)).astype(np.float32)
        counts = np.bincount(frames[seen], minlength=len(grids))
        return np.split(rays[seen] * noisy[:, None], np.cumsum(counts)[:-1])

    def _split(
        self,
        passing: Passing,
        frames: NDArray[np.intp],
        rays: Floats,
        at: NDArray[np.intp],
        reach: Floats,
        strength: Floats,
    ) -> None:
        """Replace the echoes of rays (E, 3), numbers `at` of all, by those of beams partly on the body."""
        parts = beside(rays, np.radians(self.divergence) / 2)  # (4, E, 3)
        length, strong = passing.returns(np.tile(frames, 4), parts.reshape(-1, 3))
        length = np.vstack([reach[at], length.reshape(4, -1)]).T
        strong = np.vstack([strength[at], strong.reshape(4, -1)]).T
        on_body = np.isfinite(length)
        down = np.vstack([rays[None], parts])[..., 2].T  # (E, 5)
        floor = passing.places[frames, 2][:, None] / np.minimum(down, -1e-6)
        behind = np.where(down < -1e-3, floor, np.inf).astype(np.float32)
        measured, made = mixed(np.where(on_body, length, behind))
        body = made & on_body
        reach[at] = np.where(body.any(axis=1), measured, np.inf)
        strength[at] = np.where(body, strong, 0).mean(axis=1)

    def _grid(self, body: Floats, start: float) -> Floats:
        """Unit directions (B', A, 3) that can meet the body; the columns are shifted by a share of a step."""
        azimuth = np.degrees(np.arctan2(body[:, 1], body[:, 0]))
        elevation = np.degrees(np.arctan2(body[:, 2], np.hypot(body[:, 0], body[:, 1])))
        first, last = (np.array([azimuth.min(), azimuth.max()]) / self.step - start).round().astype(int)
        a = np.radians((np.arange(first, last + 1) + start) * self.step)
        e = np.radians(self.beams[(self.beams >= elevation.min()) & (self.beams <= elevation.max())])[:, None]
        up = np.broadcast_to(np.sin(e), (len(e), len(a)))
        grid = np.stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), up], axis=-1)
        return grid.astype(np.float32)


def _edges(reach: Floats, shapes: list[tuple[int, ...]]) -> NDArray[np.intp]:
    """The numbers of the rays at edges, of rays in grids (B, A) one after another."""
    ends = np.cumsum([beams * columns for beams, columns in shapes])
    grids = [part.reshape(shape) for part, shape in zip(np.split(reach, ends[:-1]), shapes, strict=True)]
    return np.flatnonzero(np.concatenate([edges(grid).ravel() for grid in grids]))
