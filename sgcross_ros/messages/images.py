"""Pictures as messages, and stacks of gait tiles."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from sgcross_core.gait import SIDE
from sgcross_core.sensing import compressed_to_bgr, image_to_bgr

Picture = NDArray[np.uint8]

_CHANNELS = {"bgr8": 3, "rgb8": 3, "mono8": 1}


def picture(message: Any, compressed: bool) -> Picture:
    """uint8 (H, W, 3), BGR, of an Image or a CompressedImage; ValueError says what is wrong with it."""
    return compressed_to_bgr(message) if compressed else image_to_bgr(message)


def image_message(header: Header, pixels: Picture, encoding: str) -> Image:
    """sensor_msgs/Image of uint8 (H, W, C), C as the encoding (bgr8, rgb8, mono8) has it."""
    channels = _CHANNELS[encoding]
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != channels:
        raise ValueError(f"{encoding} needs uint8 (H, W, {channels}); got {pixels.dtype} {pixels.shape}")
    height, width, _ = pixels.shape
    data = array("B")
    data.frombytes(np.ascontiguousarray(pixels).reshape(-1).data)
    message = Image(header=header, height=height, width=width, encoding=encoding, step=width * channels)
    message.data = data  # assigned here: the constructor would copy it
    return message


def crops_message(header: Header, tiles: Picture) -> Image:
    """rgb8 image, 64 wide and 64 N high, of tiles uint8 (N, 64, 64, 3), N at least 1."""
    if tiles.shape[1:] != (SIDE, SIDE, 3):
        raise ValueError(f"tiles must be (N, {SIDE}, {SIDE}, 3); got {tiles.shape}")
    return image_message(header, tiles.reshape(-1, SIDE, 3), "rgb8")


def tiles_of(message: Any) -> Picture:
    """The tiles, uint8 (N, 64, 64, 3), of a crops message; ValueError when it is not one."""
    row = SIDE * 3
    if message.encoding != "rgb8" or message.width != SIDE or message.height % SIDE or message.step != row:
        raise ValueError(
            f"gait crops must be rgb8, {SIDE} wide, a multiple of {SIDE} high, without padding; got "
            f"{message.encoding} {message.width}x{message.height}, step {message.step}"
        )
    data = np.frombuffer(message.data, np.uint8)
    if len(data) != row * message.height:
        raise ValueError(f"gait crops need {row * message.height} bytes; got {len(data)}")
    return data.reshape(-1, SIDE, SIDE, 3)
