"""Calibration: geometry that must agree with itself and with OpenCV, and a table of broken matrices."""

import cv2
import numpy as np
import pytest

from sgcross_core.sensing.calibration import Calibration, CameraModel, RigidTransform

K = np.array([[520.0, 0, 320], [0, 515.0, 240], [0, 0, 1]])
CURVED = np.array([-0.28, 0.09, 0.001, -0.002, 0.0])
QUARTER = np.sqrt(0.5)


def camera(distortion=(0, 0, 0, 0, 0)):
    return CameraModel(K, np.array(distortion, float), 640, 480)


def random_transform(seed):
    random = np.random.default_rng(seed)
    quaternion = random.normal(size=4)
    return RigidTransform.from_quaternion(random.normal(size=3), quaternion / np.linalg.norm(quaternion))


def changed(matrix, *cells):
    matrix = np.array(matrix, float)
    for row, column, value in cells:
        matrix[row, column] = value
    return matrix


@pytest.mark.parametrize(
    "matrix, words",
    [
        pytest.param(np.eye(3), "shape", id="3x3"),
        pytest.param([], "shape", id="empty"),
        pytest.param(changed(np.eye(4), (0, 3, np.nan)), "finite", id="nan"),
        pytest.param(changed(np.eye(4), (1, 1, np.inf)), "finite", id="infinite"),
        pytest.param(changed(np.eye(4), (3, 3, 2)), "last row", id="last row"),
        pytest.param(np.eye(4).T + np.eye(4, k=-3), "last row", id="transposed"),
        pytest.param(changed(np.eye(4), (0, 0, 1.01)), "off the identity by 0.0201", id="scaled"),
        pytest.param(changed(np.eye(4), (0, 1, 0.01)), "off the identity", id="sheared"),
        pytest.param(np.diag([0.0, 0, 0, 1]), "off the identity", id="no rotation"),
        pytest.param(np.diag([-1.0, 1, 1, 1]), "determinant", id="mirror"),
    ],
)
def test_broken_transforms(matrix, words):
    with pytest.raises(ValueError, match=words):
        RigidTransform(np.array(matrix, float))


@pytest.mark.parametrize(
    "translation, xyzw, words",
    [
        ((0, 0), (0, 0, 0, 1), "translation.*shape"),
        ((0, 0, np.nan), (0, 0, 0, 1), "translation.*finite"),
        ((0, 0, 0), (0, 0, 0, 0), "length 0"),
        ((0, 0, 0), (0, 0, 0, 1.2), "length 1.2"),
        ((0, 0, 0), (0, 0, 1), "quaternion.*shape"),
    ],
)
def test_broken_quaternions(translation, xyzw, words):
    with pytest.raises(ValueError, match=words):
        RigidTransform.from_quaternion(translation, xyzw)


@pytest.mark.parametrize(
    "xyzw, point, expected",
    [
        ((0, 0, 0, 1), (1, 2, 3), (11, 22, 33)),
        ((0, 0, QUARTER, QUARTER), (1, 0, 0), (10, 21, 30)),
        ((QUARTER, 0, 0, QUARTER), (0, 1, 0), (10, 20, 31)),
        ((0, QUARTER, 0, QUARTER), (0, 0, 1), (11, 20, 30)),
        ((0, 0, 0.7104, 0.7104), (1, 0, 0), (10, 21, 30)),  # a little too long: made unit
    ],
)
def test_quaternions_turn_the_right_way(xyzw, point, expected):
    moved = RigidTransform.from_quaternion((10, 20, 30), xyzw).apply(np.array([point], float))
    np.testing.assert_allclose(moved, [expected], atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_inverse_and_product(seed):
    points = np.random.default_rng(seed).normal(size=(20, 3))
    one, two = random_transform(seed), random_transform(seed + 100)
    np.testing.assert_allclose(one.inverse().apply(one.apply(points)), points, atol=1e-12)
    np.testing.assert_allclose((one @ two).apply(points), one.apply(two.apply(points)), atol=1e-12)


def test_apply_keeps_the_type_and_the_empty_case():
    assert RigidTransform.identity().apply(np.empty((0, 3), np.float32)).dtype == np.float32
    assert RigidTransform.identity().apply(np.zeros((2, 3))).dtype == np.float64


def test_transforms_cannot_be_changed():
    with pytest.raises(ValueError):
        RigidTransform.identity().matrix[0, 0] = 2


@pytest.mark.parametrize(
    "matrix, distortion, size, words",
    [
        (np.zeros((3, 3)), np.zeros(5), (640, 480), "fx and fy must be positive"),
        (changed(K, (0, 0, -520)), np.zeros(5), (640, 480), "fx=-520"),
        (changed(K, (1, 1, np.nan)), np.zeros(5), (640, 480), "finite"),
        (changed(K, (0, 1, 3)), np.zeros(5), (640, 480), "fx 0 cx"),
        (K.T, np.zeros(5), (640, 480), "fx 0 cx"),
        (np.eye(4), np.zeros(5), (640, 480), "shape"),
        (K, np.zeros(4), (640, 480), "distortion.*shape"),
        (K, [0, 0, 0, 0, np.inf], (640, 480), "distortion.*finite"),
        (K, np.zeros(5), (0, 480), "at least 1; got 0x480"),
    ],
)
def test_broken_cameras(matrix, distortion, size, words):
    with pytest.raises(ValueError, match=words):
        CameraModel(matrix, distortion, *size)


@pytest.mark.parametrize("distortion", [np.zeros(5), CURVED, [0.1, -0.2, 0, 0, 0.05]])
def test_projection_agrees_with_opencv(distortion):
    random = np.random.default_rng(0)
    points = np.column_stack(
        [random.uniform(-2, 2, 200), random.uniform(-1.5, 1.5, 200), random.uniform(4, 9, 200)]
    )
    wanted, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), K, np.array(distortion))
    pixels = camera(distortion).project(points)
    assert pixels.dtype == np.float32
    np.testing.assert_allclose(pixels, wanted.reshape(-1, 2), atol=1e-3)


@pytest.mark.parametrize(
    "z, seen", [(1.0, True), (0.11, True), (0.1, False), (0.0, False), (-1.0, False), (np.nan, False)]
)
def test_nothing_behind_the_camera_has_a_pixel(z, seen):
    for distortion in (np.zeros(5), CURVED):
        assert np.isfinite(camera(distortion).project(np.array([[0.0, 0, z]]))).all() == seen


def test_wide_points_do_not_fold_back_into_the_picture():
    points = np.array([[x, 0.0, 1.0] for x in np.linspace(0, 6, 61)])
    across = camera((-0.28, 0.02, 0, 0, 0)).project(points)[:, 0]
    known = np.isfinite(across)
    assert known[:10].all() and not known[-1]
    assert (np.diff(across[known]) > 0).all()


@pytest.mark.parametrize("distortion", [np.zeros(5), 0.5 * CURVED])
def test_rays_undo_the_projection(distortion):
    pixels = np.array([[x, y] for x in (100, 320, 500) for y in (80, 240, 400)], np.float32)
    rays = camera(distortion).rays(pixels)
    np.testing.assert_allclose(rays[:, 2], 1)
    np.testing.assert_allclose(camera(distortion).project(rays * 5), pixels, atol=0.1)


def test_empty_arrays():
    assert camera().project(np.empty((0, 3))).shape == (0, 2)
    assert camera(CURVED).project(np.empty((0, 3))).shape == (0, 2)
    assert camera().rays(np.empty((0, 2))).shape == (0, 3)


def test_forward_looks_along_x():
    pixels = Calibration.forward(camera()).project(np.array([[5.0, 0, 0], [5, 1, 0], [5, 0, 1], [-5, 0, 0]]))
    np.testing.assert_allclose(pixels[:3], [[320, 240], [216, 240], [320, 137]], atol=0.01)
    assert np.isnan(pixels[3]).all()


def test_rays_of_a_calibration_lead_to_the_points():
    calibration = Calibration(
        camera(), RigidTransform.from_quaternion((0.1, -0.2, 0.05), (0.5, -0.5, 0.5, -0.5)).inverse()
    )
    point = np.array([[6.0, 1.0, 0.5]])
    if np.isnan(calibration.project(point)).any():
        point = -point
    ray = calibration.rays(calibration.project(point))[0]
    toward = point[0] - calibration.camera_position
    np.testing.assert_allclose(ray / np.linalg.norm(ray), toward / np.linalg.norm(toward), atol=1e-4)
