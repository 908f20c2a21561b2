"""Real recordings and our own dev bags, where they are; see data/README.md beside the repository."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np
import pytest
from bagscore import score

from sgcross_core.people import ClusterConfig, ClusterFinder, PeopleConfig, PeoplePipeline
from sgcross_core.people.background import BackgroundSegmenter
from sgcross_core.sensing import Calibration, CameraModel, RigidTransform, ground_plane

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
KITTI = DATA / "kitti_raw" / "2011_09_26"
VIDEO = DATA / "video" / "one-by-one-person-detection.mp4"
BAG = ROOT / "out" / "dev" / "probe.mcap"
WALK = range(6)  # drive 0005: a pedestrian at 10 m

needs_kitti = pytest.mark.skipif(not KITTI.exists(), reason=f"the KITTI recordings are not at {KITTI}")
needs_video = pytest.mark.skipif(not VIDEO.exists(), reason=f"the video is not at {VIDEO}")
needs_bag = pytest.mark.skipif(not BAG.exists(), reason=f"no dev bag at {BAG}")


def drive(number):
    return KITTI / f"2011_09_26_drive_{number:04d}_sync"


def scan(number, frame):
    data = np.fromfile(drive(number) / f"velodyne_points/data/{frame:010d}.bin", np.float32)
    return np.ascontiguousarray(data.reshape(-1, 4)[:, :3])


def values(path):
    lines = (line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    return {name: np.array(text.split(), float) for name, text in lines if name != "calib_time"}


def calibration():
    """Of camera 02: P_rect_02 R_rect_00 (R | T)."""
    cameras, velodyne = values(KITTI / "calib_cam_to_cam.txt"), values(KITTI / "calib_velo_to_cam.txt")
    projection = cameras["P_rect_02"].reshape(3, 4)
    to_first, rectify, aside = np.eye(4), np.eye(4), np.eye(4)
    to_first[:3, :3], to_first[:3, 3] = velodyne["R"].reshape(3, 3), velodyne["T"]
    rectify[:3, :3] = cameras["R_rect_00"].reshape(3, 3)
    aside[:3, 3] = np.linalg.solve(projection[:, :3], projection[:, 3])
    matrix = aside @ rectify @ to_first
    u, _, v = np.linalg.svd(matrix[:3, :3])  # the file has seven digits
    matrix[:3, :3] = u @ v
    width, height = (int(v) for v in cameras["S_rect_02"])
    return Calibration(CameraModel(projection[:, :3], np.zeros(5), width, height), RigidTransform(matrix))


def pedestrian(frame):
    """Where the tracklets of drive 0005 have the pedestrian, (3,), and the height, metres."""
    root = ElementTree.parse(drive(5) / "tracklet_labels.xml").getroot()
    for item in root.find("tracklets").findall("item"):
        first = int(item.findtext("first_frame"))
        poses = item.find("poses").findall("item")
        if item.findtext("objectType") == "Pedestrian" and first <= frame < first + len(poses):
            place = [float(poses[frame - first].findtext(axis)) for axis in ("tx", "ty", "tz")]
            return np.array(place), float(item.findtext("h"))
    raise LookupError(f"no pedestrian in frame {frame}")


def the_cluster(frame):
    xyz = scan(5, frame)
    found = ClusterFinder(ClusterConfig(static_sensor=False)).find(xyz, ground_plane(xyz), np.empty((0, 2)))
    place, _ = pedestrian(frame)
    return min(found, key=lambda one: np.hypot(*(one.centre[:2] - place[:2])))


@needs_kitti
@pytest.mark.parametrize("frame", WALK)
def test_a_real_pedestrian_is_a_cluster(frame):
    place, height = pedestrian(frame)
    cluster = the_cluster(frame)
    assert np.hypot(*(cluster.centre[:2] - place[:2])) < 0.15
    assert 250 < len(cluster.points) < 325 and cluster.whole
    assert cluster.ground_z == pytest.approx(place[2], abs=0.12)
    assert cluster.height == pytest.approx(height, abs=0.2)


@needs_kitti
@pytest.mark.parametrize("frame", WALK)
def test_real_returns_fall_on_the_pedestrian(frame):
    """The returns lie where the truth's box is in the picture: 0.5 m wide, as tall as the person."""
    place, height = pedestrian(frame)
    pixels = calibration().project(the_cluster(frame).points)
    ends = np.array([place, place + np.array([0, 0, height])])
    (foot_u, foot_v), (crown_u, crown_v) = calibration().project(ends)
    tall = foot_v - crown_v
    inside = np.abs(pixels[:, 0] - (foot_u + crown_u) / 2) < 0.35 * tall
    inside &= (pixels[:, 1] > crown_v - 0.06 * tall) & (pixels[:, 1] < foot_v + 0.06 * tall)
    assert inside.mean() > 0.97


@needs_kitti
@pytest.mark.parametrize("static", [True, False])
def test_a_real_pedestrian_is_tracked_by_the_lidar_alone(static):
    pipeline = PeoplePipeline(PeopleConfig(clusters=ClusterConfig(static_sensor=static)))
    numbers = []
    for frame in WALK:
        people = pipeline.step(frame * 100_000_000, None, scan(5, frame))
        place, _ = pedestrian(frame)
        near = [one for one in people if np.hypot(*(one.position[:2] - place[:2])) < 0.4]
        numbers.append(near[0].track if near else None)
        assert all(one.gait.depth is not None for one in near)
    assert len(set(numbers[3:])) == 1 and numbers[3] is not None


@needs_kitti
def test_a_real_street_without_people_has_none():
    pipeline = PeoplePipeline(PeopleConfig(clusters=ClusterConfig(static_sensor=False)))
    assert not any(pipeline.step(frame * 100_000_000, None, scan(9, frame)) for frame in range(12))


@needs_video
def test_real_people_before_a_real_background():
    """Frames 40-50 and 205-230 are empty, from 90 to 190 and from 270 to 420 somebody stands at the table."""
    film, segmenter = cv2.VideoCapture(str(VIDEO)), BackgroundSegmenter()
    found = []
    for _ in range(210):
        film.grab()
        found.append(segmenter.segment(film.read()[1], np.empty((0, 4), np.float32)))
    assert sum(map(bool, (*found[20:25], *found[103:115]))) <= 1
    there = (*found[45:95], *found[135:210])
    standing = [[one for one in people if one.box[3] - one.box[1] > 300] for people in there]
    assert sum(len(people) == 1 and people[0].whole for people in standing) > 0.95 * len(standing)
    shares = [people[0].mask.mean() for people in standing if people]
    assert min(shares) > 0.4 and max(shares) < 0.8  # no holes, no walls


@needs_bag
@pytest.mark.parametrize("sensors", ["both", "lidar", "camera"])
def test_our_own_recording(sensors):
    """The first people of it: the moments until they are confirmed count more in a short time."""
    found = score(BAG, sensors, seconds=13)
    assert found.visible > 80 and found.share > 0.9
    assert not found.strays and max(found.switches.values()) <= 1
    assert found.silhouettes > 0.3 * found.visible or sensors == "lidar"
    assert found.depths > 0.7 * found.visible or sensors == "camera"
