"""A tiny drive that the tests write is read and turned into a bag; so are the real ones where they are."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore

from training.bags.command import main
from training.bags.conversion import outline_area
from training.bags.kitti import Box, Drive, DriveCalibration, read_points

KITTI = Path(__file__).parents[3] / "shared" / "data" / "kitti_raw" / "2011_09_26"
CAM_TO_CAM = """calib_time: 09-Jan-2012 13:57:47
S_rect_02: 6.4e+01 4.8e+01
R_rect_00: 1 0 0 0 1 0 0 0 1
P_rect_02: 50 0 32 5 0 50 24 0 0 0 1 0.1
"""
VELO_TO_CAM = "R: 0 -1 0 0 0 -1 1 0 0\nT: 0 -0.1 -0.3\n"
POSE = "<item><tx>{x}</tx><ty>0</ty><tz>-1.7</tz><rz>0</rz></item>"
STAMPS = [f"2011-09-26 13:04:32.{i}45808896" for i in range(6)]


def write_drive(
    day: Path, frames: tuple[int, ...] = (0, 1), sweeps: tuple[int, ...] = (0, 2), kind: str = "Pedestrian"
) -> Path:
    """A drive whose files have the given numbers; one labelled person stands 5 m ahead from number 1 on."""
    drive = day / f"{day.name}_drive_0001_sync"
    for sensor in ("image_02", "velodyne_points"):
        (drive / sensor / "data").mkdir(parents=True)
        (drive / sensor / "timestamps.txt").write_text("\n".join(STAMPS) + "\n")
    for number in frames:
        grey = np.full((48, 64, 3), 40 * number, np.uint8)
        cv2.imwrite(str(drive / f"image_02/data/{number:010d}.png"), grey)
    for number in sweeps:
        person_points(number).tofile(drive / f"velodyne_points/data/{number:010d}.bin")
    (day / "calib_cam_to_cam.txt").write_text(CAM_TO_CAM)
    (day / "calib_velo_to_cam.txt").write_text(VELO_TO_CAM)
    poses = "".join(POSE.format(x=5 + i) for i in range(3))
    person = f"<objectType>{kind}</objectType><h>1.8</h><w>0.6</w><l>0.8</l><first_frame>1</first_frame>"
    (drive / "tracklet_labels.xml").write_text(
        f"<boost_serialization><tracklets><count>1</count><item>{person}<poses>{poses}</poses></item>"
        "</tracklets></boost_serialization>"
    )
    return drive


def person_points(number: int) -> np.ndarray:
    """float32 (3, 4): two points in the labelled box of frame 2, one beside it."""
    return np.array([[6, 0, 0, 0.5], [6.1, 0.1, -1, 0.5], [6, 2, number, 0.5]], np.float32)


def test_a_drive_is_read_by_file_number(tmp_path: Path) -> None:
    drive = Drive.open(write_drive(tmp_path / "2011_09_26"))
    assert sorted(drive.frames) == [0, 1] and sorted(drive.sweeps) == [0, 2]
    # 2011-09-26 13:04:32 UTC is 1317042272; file 2 takes the third line although it is the second file.
    assert drive.sweeps[2][0] == 1317042272_245808896
    assert drive.calibration.width == 64 and drive.calibration.height == 48


def test_a_drive_without_pictures_or_labels_opens(tmp_path: Path) -> None:
    folder = write_drive(tmp_path / "2011_09_26", frames=())
    (folder / "tracklet_labels.xml").unlink()
    drive = Drive.open(folder)
    assert drive.frames == {} and drive.tracklets == [] and len(drive.sweeps) == 2


def test_the_projection_is_the_product_that_kitti_defines(tmp_path: Path) -> None:
    calibration = Drive.open(write_drive(tmp_path / "2011_09_26")).calibration
    point = np.array([8.0, 1.0, 0.5, 1.0])
    mount = np.array([[0, -1, 0, 0], [0, 0, -1, -0.1], [1, 0, 0, -0.3], [0, 0, 0, 1]])
    expected = np.array([[50, 0, 32, 5], [0, 50, 24, 0], [0, 0, 1, 0.1]]) @ mount @ point
    pixel = calibration.intrinsics @ (calibration.lidar_to_camera @ point)[:3]
    np.testing.assert_allclose(pixel / pixel[2], expected / expected[2])


KINDS = [("Pedestrian", 1), ("Cyclist", 1), ("Person (sitting)", 1), ("Van", 0)]


@pytest.mark.parametrize("kind, expected", KINDS)
def test_only_people_become_tracklets(tmp_path: Path, kind: str, expected: int) -> None:
    assert len(Drive.open(write_drive(tmp_path / "2011_09_26", kind=kind)).tracklets) == expected


def test_a_tracklet_starts_at_its_first_frame_and_counts_its_points(tmp_path: Path) -> None:
    drive = Drive.open(write_drive(tmp_path / "2011_09_26"))
    boxes = drive.tracklets[0].boxes
    assert sorted(boxes) == [1, 2, 3]
    np.testing.assert_allclose(boxes[2].centre, [6, 0, -0.8])
    assert boxes[2].inside(read_points(drive.sweeps[2][1])).tolist() == [True, True, False]


@pytest.mark.parametrize("yaw, inside", [(0.0, False), (np.pi / 2, True)])
def test_a_box_turns_with_its_yaw(yaw: float, inside: bool) -> None:
    box = Box(np.array([5.0, 0, 0]), np.array([2.0, 0.5, 1.8]), yaw)
    assert box.inside(np.array([[5, 0.9, 0]], np.float32)).tolist() == [inside]
    assert np.abs(box.corners()[:, 1]).max() == pytest.approx(1.0 if inside else 0.25)


def _no_calibration(drive: Path) -> None:
    (drive.parent / "calib_velo_to_cam.txt").unlink()


def _no_rectified_camera(drive: Path) -> None:
    (drive.parent / "calib_cam_to_cam.txt").write_text("S_rect_02: 64 48\nR_rect_00: 1 0 0 0 1 0 0 0 1\n")


def _short_projection(drive: Path) -> None:
    (drive.parent / "calib_cam_to_cam.txt").write_text("S_rect_02: 64 48\nP_rect_02: 50 0 32\n")


def _no_stamps(drive: Path) -> None:
    (drive / "image_02" / "timestamps.txt").unlink()


def _too_few_stamps(drive: Path) -> None:
    (drive / "velodyne_points" / "timestamps.txt").write_text(STAMPS[0] + "\n")


def _blank_stamp(drive: Path) -> None:
    (drive / "velodyne_points" / "timestamps.txt").write_text("\n".join([STAMPS[0], STAMPS[1], ""]) + "\n")


def _broken_labels(drive: Path) -> None:
    (drive / "tracklet_labels.xml").write_text("<boost_serialization><tracklets>")


def _no_files(drive: Path) -> None:
    for path in [*drive.glob("image_02/data/*"), *drive.glob("velodyne_points/data/*")]:
        path.unlink()


BROKEN = [
    (_no_calibration, "calibration is missing.*calib_velo_to_cam.txt"),
    (_no_rectified_camera, "has no P_rect_02; found S_rect_02"),
    (_short_projection, "P_rect_02 .* has 3 numbers; expected 12"),
    (_no_stamps, "timestamps.txt is missing"),
    (_too_few_stamps, "no time for file 2; it has 1 lines"),
    (_blank_stamp, "no time for file 2"),
    (_broken_labels, "cannot be read as KITTI tracklets"),
    (_no_files, "holds neither"),
]


@pytest.mark.parametrize("spoil, message", BROKEN, ids=lambda case: getattr(case, "__name__", ""))
def test_a_broken_drive_says_what_is_wrong(tmp_path: Path, spoil, message: str) -> None:
    folder = write_drive(tmp_path / "2011_09_26")
    spoil(folder)
    with pytest.raises(ValueError, match=message):
        Drive.open(folder)


def test_another_folder_is_not_a_drive(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(ValueError, match=r"not a KITTI raw drive: found holiday.jpg; expected image_02/data"):
        Drive.open(tmp_path)
    with pytest.raises(ValueError, match="is not a folder"):
        Drive.open(tmp_path / "nowhere")


def test_a_truncated_sweep_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "0000000000.bin"
    path.write_bytes(bytes(16 * 2 + 5))
    with pytest.raises(ValueError, match="cut off: 37 bytes, 5 past a whole 16-byte point"):
        read_points(path)


def messages(bag: Path) -> dict[str, list]:
    """Every message of a bag by topic, in order."""
    found: dict[str, list] = {}
    with AnyReader([bag], default_typestore=get_typestore(Stores.ROS2_JAZZY)) as reader:
        for connection, _, data in reader.messages():
            found.setdefault(connection.topic, []).append(reader.deserialize(data, connection.msgtype))
    return found


def convert(tmp_path: Path, **drive: tuple[int, ...]) -> tuple[dict[str, list], dict]:
    folder, out = write_drive(tmp_path / "2011_09_26", **drive), tmp_path / "walk.mcap"
    assert main(["kitti", str(folder), str(out)]) == 0
    return messages(out), json.loads((tmp_path / "walk.truth.json").read_text())


def stamp_of(message) -> int:
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


def test_pictures_and_sweeps_keep_their_own_stamps(tmp_path: Path) -> None:
    found, _ = convert(tmp_path, frames=(0, 1), sweeps=(0, 2))
    first = 1317042272_045808896
    assert [stamp_of(m) - first for m in found["/camera/image_raw/compressed"]] == [0, 10**8]
    assert [stamp_of(m) - first for m in found["/lidar/points"]] == [0, 2 * 10**8]
    assert len(found["/camera/camera_info"]) == 2 and len(found["/tf_static"]) == 1


@pytest.mark.parametrize("frames, sweeps", [((), (0, 1, 2)), ((0, 1), ()), ((3,), (1,))])
def test_either_sensor_may_be_missing(tmp_path: Path, frames: tuple, sweeps: tuple) -> None:
    found, truth = convert(tmp_path, frames=frames, sweeps=sweeps)
    assert len(found.get("/camera/image_raw/compressed", [])) == len(frames)
    assert len(found.get("/lidar/points", [])) == len(sweeps) == len(truth["frames"])


def test_what_went_in_comes_out(tmp_path: Path) -> None:
    found, _ = convert(tmp_path, frames=(1,), sweeps=(2,))
    cloud = found["/lidar/points"][0]
    np.testing.assert_array_equal(cloud.data.view(np.float32).reshape(-1, 4), person_points(2))
    assert [field.name for field in cloud.fields] == ["x", "y", "z", "intensity"]
    picture = cv2.imdecode(found["/camera/image_raw/compressed"][0].data, cv2.IMREAD_COLOR)
    assert picture.shape == (48, 64, 3) and abs(int(picture.mean()) - 40) <= 1
    info = found["/camera/camera_info"][0]
    assert (info.width, info.height, info.k[0], info.k[2]) == (64, 48, 50, 32) and not info.d.any()
    static = found["/tf_static"][0].transforms[0]
    assert (static.header.frame_id, static.child_frame_id) == ("lidar", "camera_optical_frame")


def test_the_truth_holds_the_boxes_of_each_sweep(tmp_path: Path) -> None:
    _, truth = convert(tmp_path, frames=(0,), sweeps=(0, 2))
    assert truth["people"] == [{"id": 0, "name": "Pedestrian 0", "stranger": True}]
    assert truth["frames"][0]["boxes"] == []
    box = truth["frames"][1]["boxes"][0]
    assert (box["centre"], box["size"], box["points"]) == ([6, 0, pytest.approx(-0.8)], [0.8, 0.6, 1.8], 2)
    assert box["pixels"] == 0, "sweep 2 has no picture"


OUTLINES = [([10.0, 0, 0], 20 * 10), ([10.0, 5, 0], 10 * 10), ([-10.0, 0, 0], 0), ([10.0, 100, 0], 0)]


@pytest.mark.parametrize("centre, area", OUTLINES)
def test_the_outline_of_a_box_is_cut_by_the_picture(centre: list[float], area: int) -> None:
    optical = np.array([[0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]], float)
    camera = DriveCalibration(np.array([[100, 0, 50], [0, 100, 50], [0, 0, 1.0]]), optical, 100, 100)
    flat = np.array([0.0, 2, 1])  # 2 m across and 1 m high, 10 m away: 20 x 10 pixels
    assert outline_area(Box(np.array(centre), flat, 0), camera) == area


def _cut_sweep(drive: Path) -> str:
    (drive / "velodyne_points/data/0000000002.bin").write_bytes(bytes(17))
    return "0000000002.bin is cut off"


def _broken_picture(drive: Path) -> str:
    (drive / "image_02/data/0000000000.png").write_bytes(b"no picture")
    return "0000000000.png is not a readable picture"


def _other_size(drive: Path) -> str:
    cv2.imwrite(str(drive / "image_02/data/0000000000.png"), np.zeros((10, 20, 3), np.uint8))
    return "is 20x10; the calibration (S_rect_02) is for 64x48"


@pytest.mark.parametrize("spoil", [_cut_sweep, _broken_picture, _other_size])
def test_a_broken_file_is_named_and_leaves_no_bag(tmp_path: Path, capsys, spoil) -> None:
    folder, out = write_drive(tmp_path / "2011_09_26"), tmp_path / "walk.mcap"
    message = spoil(folder)
    assert main(["kitti", str(folder), str(out)]) == 1
    assert message in capsys.readouterr().err
    assert not out.exists() and not out.with_suffix(".truth.json").exists()


def test_the_command_names_a_wrong_folder(tmp_path: Path, capsys) -> None:
    assert main(["kitti", str(tmp_path / "nowhere"), str(tmp_path / "x.mcap")]) == 1
    assert "is not a folder" in capsys.readouterr().err


@pytest.mark.skipif(not KITTI.exists(), reason=f"the KITTI recordings are not at {KITTI}")
@pytest.mark.parametrize("number, frames, sweeps, people", [(5, 9, 29, 3), (9, 12, 12, 0)])
def test_the_real_drives(tmp_path: Path, number: int, frames: int, sweeps: int, people: int) -> None:
    folder, out = KITTI / f"2011_09_26_drive_{number:04d}_sync", tmp_path / "walk.mcap"
    assert main(["kitti", str(folder), str(out)]) == 0
    found, truth = messages(out), json.loads(out.with_suffix(".truth.json").read_text())
    assert len(found["/camera/image_raw/compressed"]) == frames
    assert len(found["/lidar/points"]) == sweeps == len(truth["frames"])
    assert len(truth["people"]) == people


@pytest.mark.skipif(not KITTI.exists(), reason=f"the KITTI recordings are not at {KITTI}")
def test_a_real_pedestrian_lies_in_its_box_and_in_the_picture() -> None:
    drive = Drive.open(KITTI / "2011_09_26_drive_0005_sync")
    pedestrian = drive.tracklets[1]
    assert pedestrian.kind == "Pedestrian" and sorted(pedestrian.boxes) == list(range(6))
    assert all(outline_area(box, drive.calibration) > 5000 for box in pedestrian.boxes.values())
