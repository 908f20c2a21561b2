"""Sensors as arrays: pairing camera frames with LiDAR sweeps, calibration, clouds, images, the ground."""

from sgcross_core.sensing.calibration import Calibration, CameraModel, RigidTransform
from sgcross_core.sensing.clouds import Cloud, cloud_to_xyz
from sgcross_core.sensing.ground import Plane, ground_plane
from sgcross_core.sensing.images import compressed_to_bgr, image_to_bgr
from sgcross_core.sensing.pairing import Moment, NearestPairer, PairingConfig

__all__ = [
    "Calibration",
    "CameraModel",
    "Cloud",
    "Moment",
    "NearestPairer",
    "PairingConfig",
    "Plane",
    "RigidTransform",
    "cloud_to_xyz",
    "compressed_to_bgr",
    "ground_plane",
    "image_to_bgr",
]
