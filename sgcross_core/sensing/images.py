"""sensor_msgs/Image and CompressedImage as BGR arrays."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Bgr = NDArray[np.uint8]

MOST_PIXELS = 64_000_000  # a header may claim any size; decoding believes it
_PNG = b"\x89PNG\r\n\x1a\n"
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's SOF markers: ITU T.81, table B.1
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, b"\xff\xd9"

# channels, and what turns them into BGR
_ENCODINGS: dict[str, tuple[int, int | None]] = {
    "mono8": (1, cv2.COLOR_GRAY2BGR),
    "rgb8": (3, cv2.COLOR_RGB2BGR),
    "bgr8": (3, None),
    "rgba8": (4, cv2.COLOR_RGBA2BGR),
    "bgra8": (4, cv2.COLOR_BGRA2BGR),
}


def image_to_bgr(message: Any) -> Bgr:
    """uint8 (H, W, 3) of anything with the fields of a sensor_msgs/Image; it may share the message's memory.

    ValueError for an unknown encoding, an empty picture, a step shorter than a row, too few bytes.
    """
    if message.encoding not in _ENCODINGS:
        raise ValueError(f"image: encoding must be one of {', '.join(_ENCODINGS)}; got {message.encoding!r}")
    channels, code = _ENCODINGS[message.encoding]
    width, height, step = int(message.width), int(message.height), int(message.step)
    _check_size(width, height)
    if step < (row := width * channels):
        raise ValueError(f"image: step {step} is shorter than a row of {row} bytes")
    data = np.frombuffer(message.data, np.uint8)
    if len(data) < (needed := (height - 1) * step + row):
        raise ValueError(f"image: {width}x{height} {message.encoding} needs {needed} bytes; got {len(data)}")
    pixels = np.ndarray((height, width, channels), np.uint8, data, strides=(step, channels, 1))
    pixels = np.ascontiguousarray(pixels)
    return pixels if code is None else np.asarray(cv2.cvtColor(pixels, code), np.uint8)


def compressed_to_bgr(message: Any) -> Bgr:
    """uint8 (H, W, 3) of anything with the data of a sensor_msgs/CompressedImage: whole JPEG or PNG files.

    ValueError for other formats, a file that is cut off or broken, more than 64 million pixels.
    """
    data = np.frombuffer(message.data, np.uint8)
    content = data.tobytes()
    _check_size(*_claimed_size(content))
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as broken:
        raise ValueError(f"image: cannot decode {len(content)} bytes: {broken.err}") from broken
    if picture is None:
        raise ValueError(f"image: cannot decode {len(content)} bytes of {content[:4]!r}")
    return np.asarray(picture, np.uint8)


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ValueError(f"image: width and height must be at least 1; got {width}x{height}")
    if width * height > MOST_PIXELS:
        raise ValueError(f"image: {width}x{height} is more than {MOST_PIXELS} pixels")


def _claimed_size(content: bytes) -> tuple[int, int]:
    """Width and height from the header, before anything is decoded."""
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    if content.startswith(_PNG) and len(content) >= 24:
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    raise ValueError(f"image: neither JPEG nor PNG: {len(content)} bytes beginning with {content[:8]!r}")


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Walks the segments up to the scan; ValueError when there is no frame header or no end."""
    size, at = None, 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker in _FRAME_HEADERS and at + 9 <= len(content):
            size = (
                int.from_bytes(content[at + 7 : at + 9], "big"),
                int.from_bytes(content[at + 5 : at + 7], "big"),
            )
        if marker == _START_OF_SCAN:
            break
        # A fill byte is skipped alone; a segment with its length.
        at += 1 if marker == 0xFF else 2 + max(length, 2)
    if size is None or content.rfind(_END_OF_IMAGE) < at:
        raise ValueError(
            f"image: a JPEG of {len(content)} bytes without {'a frame header' if size is None else 'an end'}"
        )
    return size
