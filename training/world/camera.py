"""A colour camera with mild lens distortion. The surroundings are rendered once, people in every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from sgcross_core.settings import check, setting
from training.world.bodies import Body, visible
from training.world.photons import averaged, in_the_dark
from training.world.surroundings import Surroundings, cast, pixels, shaded_from

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]
Window = tuple[slice, slice]

NEAREST_M = 0.3  # what is nearer to the lens than this is not drawn


@dataclass(frozen=True)
class CameraConfig:
    """The lens, the place and the clock of the camera; without yaw it looks along the LiDAR's x axis."""

    width: int = setting(640, "width of the image", low=16, high=4096, unit="pixel")
    height: int = setting(480, "height of the image", low=16, high=4096, unit="pixel")
    focal: float = setting(550.0, "focal length", low=10, high=10_000, unit="pixel")
    k1: float = setting(-0.12, "radial distortion", low=-0.5, high=0.5)
    k2: float = setting(0.03, "radial distortion", low=-0.5, high=0.5)
    p1: float = setting(0.0005, "tangential distortion", low=-0.1, high=0.1)
    p2: float = setting(-0.0005, "tangential distortion", low=-0.1, high=0.1)
    above_ground: float = setting(1.7, "height of the lens", low=0.1, high=10, unit="m")
    ahead: float = setting(0.0, "place of the lens ahead of the LiDAR", low=-20, high=20, unit="m")
    left: float = setting(0.0, "place of the lens left of the LiDAR", low=-20, high=20, unit="m")
    yaw: float = setting(0.0, "how far it looks left", low=-180, high=180, unit="degree")
    pitch: float = setting(5.0, "how far it looks down", low=-60, high=60, unit="degree")
    rate: float = setting(15.0, "frames a second", low=0.1, high=120, unit="Hz")
    clock_offset: float = setting(4.0, "its clock ahead of the LiDAR's", low=-1000, high=1000, unit="ms")
    latency: float = setting(12.0, "from exposure to arrival", low=0, high=1000, unit="ms")
    jitter: float = setting(1.0, "sd of the arrival", low=0, high=100, unit="ms")
    noise: float = setting(3.0, "sd of the sensor noise", low=0, high=50, unit="grey levels")
    light: float = setting(1.0, "on the scene, 1 by day, 0.001 by night", low=1e-5, high=1)
    gain: float = setting(16.0, "how much brighter it makes a dark picture at most", low=1, high=1000)
    exposure: float = setting(0.0, "how long a frame is exposed, 0 for no blur", low=0, high=500, unit="ms")
    quality: int = setting(85, "JPEG quality", low=1, high=100)

    def __post_init__(self) -> None:
        check(self)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """float64 (3, 3); the principal point is the middle of the image."""
        u, v = (self.width - 1) / 2, (self.height - 1) / 2
        return np.array([[self.focal, 0, u], [0, self.focal, v], [0, 0, 1.0]])

    @property
    def distortion(self) -> NDArray[np.float64]:
        """Plumb bob: k1, k2, p1, p2, k3."""
        return np.array([self.k1, self.k2, self.p1, self.p2, 0.0])

    @property
    def pose(self) -> NDArray[np.float64]:
        """Of the optical frame in the world, float64 (4, 4)."""
        sin, cos = np.sin(np.radians(self.pitch)), np.cos(np.radians(self.pitch))
        right, down, ahead = (0, -1, 0), (-sin, 0, -cos), (cos, 0, -sin)
        turn = Rotation.from_euler("z", self.yaw, degrees=True).as_matrix() if self.yaw else np.eye(3)
        pose = np.eye(4)
        pose[:3, :3] = turn @ np.stack([right, down, ahead], axis=1)
        pose[:3, 3] = self.ahead, self.left, self.above_ground
        return pose


@dataclass(frozen=True)
class View:
    """image: uint8 (H, W, 3) BGR; seen: pixels of each body; alone: the same if nothing stood before it;
    owner: int16 (H, W), index of the body at each pixel, -1 for none."""

    image: Image
    seen: list[int]
    alone: list[int]
    owner: NDArray[np.int16]


class Camera:
    """Takes pictures of bodies in front of surroundings that stay the same."""

    def __init__(self, config: CameraConfig, surroundings: Surroundings) -> None:
        self.config, self._sun = config, surroundings.sun
        self._origin = config.pose[:3, 3].astype(np.float32)
        self._turn = config.pose[:3, :3].astype(np.float32)
        v, u = np.mgrid[: config.height, : config.width].astype(np.float32)
        self._rays = self._directions(u, v)
        hits = cast(surroundings.scene, self._origin, self._rays.reshape(-1, 3))
        self._depth = hits.distance.reshape(u.shape)
        self._points = (
            self._origin + self._rays * np.where(np.isfinite(self._depth), self._depth, 0)[..., None]
        )
        self._sunny, self._shady = (self._background(u, v, surroundings, sunny) for sunny in (True, False))

    def render(self, bodies: Sequence[Body], seed: int) -> View:
        """One frame; equal seeds have equal noise."""
        return self.exposed([bodies], seed)

    def exposed(self, moments: Sequence[Sequence[Body]], seed: int) -> View:
        """One frame of what is there at some moments of its exposure, which blurs what moves; the counts and
        owners are of the middle one."""
        views = [self._seen(bodies) for bodies in moments]
        image = views[0].image if len(views) == 1 else averaged([view.image for view in views])
        return replace(views[len(views) // 2], image=self._developed(image, seed))

    def _seen(self, bodies: Sequence[Body]) -> View:
        """A sharp picture without noise."""
        image, depth = self._sunny.copy(), self._depth.copy()
        owner = np.full(depth.shape, -1, np.int16)
        self._cast_shadows(image, bodies)
        alone = [self._draw(image, depth, owner, body, number) for number, body in enumerate(bodies)]
        seen = np.bincount(owner[owner >= 0], minlength=len(bodies)).tolist()
        return View(image, seen, alone, owner)

    def window(self, points: Floats) -> Window | None:
        """The part of the image that world points (N, 3) span, or None when they lie outside."""
        optical = (points - self._origin) @ self._turn
        if (optical[:, 2] < NEAREST_M).all():
            return None
        if (optical[:, 2] < NEAREST_M).any():
            return slice(0, self.config.height), slice(0, self.config.width)
        pixel = cv2.projectPoints(
            optical, np.zeros(3), np.zeros(3), self.config.matrix, self.config.distortion
        )[0].reshape(-1, 2)
        (left, top), (right, bottom) = np.floor(pixel.min(axis=0)) - 1, np.ceil(pixel.max(axis=0)) + 2
        rows = slice(max(0, int(top)), min(self.config.height, int(bottom)))
        columns = slice(max(0, int(left)), min(self.config.width, int(right)))
        return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None

    def _directions(self, u: Floats, v: Floats) -> Floats:
        """World directions (H, W, 3) of pixels; their length makes distances along them depths."""
        flat = np.stack([u, v], axis=-1).reshape(-1, 1, 2).astype(np.float64)
        plane = cv2.undistortPoints(flat, self.config.matrix, self.config.distortion).reshape(-1, 2)
        optical = np.c_[plane, np.ones(len(plane))]
        return (optical @ self._turn.T).astype(np.float32).reshape(*u.shape, 3)

    def _background(self, u: Floats, v: Floats, surroundings: Surroundings, sunny: bool) -> Image:
        """Four rays a pixel, so that its edges are smooth."""
        total = np.zeros((u.size, 3), np.float32)
        for du, dv in ((-0.25, -0.25), (-0.25, 0.25), (0.25, -0.25), (0.25, 0.25)):
            rays = self._directions(u + du, v + dv).reshape(-1, 3)
            total += surroundings.light(self._origin, rays, sunny) / 4
        return pixels(total).reshape(*u.shape, 3)

    def _cast_shadows(self, image: Image, bodies: Sequence[Body]) -> None:
        shadow = np.zeros(image.shape[:2], np.float32)
        for body in bodies:
            feet = body.vertices - self._sun * (body.vertices[:, 2:] / self._sun[2])
            if (at := self.window(feet)) is None:
                continue
            dark = shaded_from(body.scene, self._points[at].reshape(-1, 3), self._sun)
            shadow[at] = np.maximum(shadow[at], dark.reshape(shadow[at].shape))
        soft = cv2.GaussianBlur(shadow, (7, 7), 1.5)
        rows, columns = np.nonzero((soft > 0) & np.isfinite(self._depth))
        share = soft[rows, columns, None]
        mixed = self._sunny[rows, columns] * (1 - share) + self._shady[rows, columns] * share
        image[rows, columns] = np.rint(mixed).astype(np.uint8)

    def _draw(self, image: Image, depth: Floats, owner: NDArray[np.int16], body: Body, number: int) -> int:
        """Draw what is nearer than the depth so far; the number of pixels that the body would fill alone."""
        if (at := self.window(body.vertices)) is None:
            return 0
        rays = self._rays[at].reshape(-1, 3)
        hits = cast(body.scene, self._origin, rays)
        on_body = visible(hits)
        near = on_body[hits.distance[on_body] < depth[at].reshape(-1)[on_body]]
        rows, columns = np.divmod(near, at[1].stop - at[1].start)
        rows, columns = rows + at[0].start, columns + at[1].start
        points = self._origin + rays[near] * hits.distance[near, None]
        image[rows, columns] = pixels(body.light(points, hits.face[near], hits.weight[near], self._sun))
        depth[rows, columns], owner[rows, columns] = hits.distance[near], number
        return len(on_body)

    def _developed(self, image: Image, seed: int) -> Image:
        """The lens is a little soft, the sensor a little noisy, by night much."""
        soft = cv2.GaussianBlur(image, (3, 3), 0.6)
        if self.config.light < 1:
            soft = in_the_dark(soft, self.config.light, self.config.gain, seed)
        if self.config.noise == 0:
            return soft
        cv2.setRNGSeed(seed % 2**31)
        height, width, channels = image.shape
        noise = np.empty((height, width * channels), np.int16)  # one channel: randn takes one sd for each
        cv2.randn(noise, 0, self.config.noise)
        return cv2.add(soft, noise.reshape(height, width, channels), dtype=cv2.CV_8U)
