"""Images: each encoding becomes BGR, and broken or lying files are refused before they are decoded."""

import array
import struct
import zlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from sgcross_core.sensing.images import compressed_to_bgr, image_to_bgr

BGR = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
SMOOTH = cv2.resize(BGR, (64, 48), interpolation=cv2.INTER_CUBIC)


def image(pixels, encoding, pad=0):
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, -1)
    rows = np.concatenate([rows, np.full((height, pad), 99, np.uint8)], axis=1)
    return SimpleNamespace(
        width=width, height=height, encoding=encoding, step=rows.shape[1], data=rows.tobytes()
    )


def compressed(picture=SMOOTH, suffix=".jpg"):
    return cv2.imencode(suffix, picture)[1].tobytes()


def decoded(data):
    return compressed_to_bgr(SimpleNamespace(data=data, format="jpeg"))


@pytest.mark.parametrize("pad", [0, 1, 13])
@pytest.mark.parametrize(
    "encoding, code",
    [
        ("bgr8", None),
        ("rgb8", cv2.COLOR_BGR2RGB),
        ("bgra8", cv2.COLOR_BGR2BGRA),
        ("rgba8", cv2.COLOR_BGR2RGBA),
    ],
)
def test_encodings(encoding, code, pad):
    pixels = BGR if code is None else cv2.cvtColor(BGR, code)
    read = image_to_bgr(image(pixels, encoding, pad))
    np.testing.assert_array_equal(read, BGR)
    assert read.flags.c_contiguous


@pytest.mark.parametrize("pad", [0, 3])
def test_grey(pad):
    grey = BGR[..., 0]
    np.testing.assert_array_equal(
        image_to_bgr(image(grey, "mono8", pad)), np.repeat(grey[..., None], 3, axis=2)
    )


@pytest.mark.parametrize(
    "hold", [bytes, bytearray, lambda b: array.array("B", b), lambda b: np.frombuffer(b, np.uint8)]
)
def test_any_buffer_holds_the_data(hold):
    message = image(BGR, "bgr8")
    message.data = hold(message.data)
    np.testing.assert_array_equal(image_to_bgr(message), BGR)
    np.testing.assert_allclose(decoded(hold(compressed(suffix=".png"))), SMOOTH)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"encoding": "bayer_rggb8"}, "one of mono8, .*'bayer_rggb8'"),
        ({"encoding": ""}, "got ''"),
        ({"width": 0}, "at least 1; got 0x5"),
        ({"height": 0}, "at least 1"),
        ({"width": 2**32 - 1, "height": 2**32 - 1}, "more than"),
        ({"step": 20}, "step 20 is shorter than a row of 21"),
        ({"data": b""}, "got 0"),
        ({"data": bytes(104)}, "needs 105 bytes; got 104"),
        ({"height": 6}, "needs 126 bytes"),
    ],
)
def test_broken_headers(changes, words):
    message = image(BGR, "bgr8")
    for name, value in changes.items():
        setattr(message, name, value)
    with pytest.raises(ValueError, match=words):
        image_to_bgr(message)


def test_fuzzed_headers_give_pixels_or_a_clear_error():
    random = np.random.default_rng(1)
    numbers = [0, 1, 5, 7, 21, 35, 64, 2**16, 2**31, 2**32 - 1]
    read = 0
    for _ in range(4000):
        message = image(BGR, str(random.choice(["mono8", "rgb8", "bgr8", "rgba8", "bgra8", "16UC1", "\0"])))
        for name in random.choice(["width", "height", "step"], random.integers(0, 3)):
            setattr(message, name, int(random.choice(numbers)))
        message.data = message.data[: int(random.choice([105, 105, 104, 21, 0]))]
        try:
            pixels = image_to_bgr(message)
        except ValueError as refused:
            assert str(refused).startswith("image: ")
        else:
            read += 1
            assert pixels.shape == (message.height, message.width, 3)
    assert read > 400


@pytest.mark.parametrize("suffix, error", [(".png", 0), (".jpg", 12)])
def test_compressed(suffix, error):
    read = decoded(compressed(suffix=suffix))
    assert np.abs(read.astype(int) - SMOOTH).mean() <= error


def test_grey_files_become_bgr():
    assert decoded(compressed(SMOOTH[..., 0], ".png")).shape == SMOOTH.shape


def test_bytes_after_the_end_are_ignored():
    np.testing.assert_array_equal(decoded(compressed() + bytes(100)), decoded(compressed()))


def test_the_picture_is_not_turned_by_its_label():
    """Exif orientation 6 would swap width and height, and with them the calibration."""
    tiff = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + bytes(4)
    segment = b"Exif\0\0" + tiff
    content = compressed()
    turned = content[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + content[2:]
    assert decoded(turned).shape == SMOOTH.shape


def png_header(width, height):
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def jpeg_of_size(width, height):
    content = bytearray(compressed())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


@pytest.mark.parametrize(
    "data, words",
    [
        pytest.param(b"", "neither JPEG nor PNG", id="empty"),
        pytest.param(b"GIF89a" + bytes(50), "neither", id="gif"),
        pytest.param(b"\xff\xd8", "without a frame header", id="only a start"),
        pytest.param(compressed()[: len(compressed()) // 2], "without an end", id="cut off"),
        pytest.param(compressed(suffix=".png")[:60], "cannot decode", id="png cut off"),
        pytest.param(jpeg_of_size(30_000, 30_000), "30000x30000 is more than", id="jpeg bomb"),
        pytest.param(png_header(30_000, 30_000) + bytes(99), "30000x30000 is more than", id="png bomb"),
        pytest.param(png_header(0, 5) + bytes(99), "at least 1", id="no width"),
    ],
)
def test_broken_files(data, words):
    with pytest.raises(ValueError, match=words):
        decoded(data)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_fuzzed_files_give_a_picture_or_a_clear_error(suffix):
    random = np.random.default_rng(2)
    content = np.frombuffer(compressed(suffix=suffix), np.uint8)
    for _ in range(1000):
        broken = (
            content[: random.integers(1, len(content) + 1)].copy()
            if random.random() < 0.3
            else content.copy()
        )
        places = random.integers(0, len(broken), random.integers(1, 4))
        broken[places] = random.integers(0, 256, len(places))
        try:
            picture = decoded(broken.tobytes())
        except ValueError as refused:
            assert str(refused).startswith("image: ")
        else:
            assert picture.ndim == 3 and picture.dtype == np.uint8
