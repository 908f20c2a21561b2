"""The layouts of SUSTech1K and FreeGait on disk, and what their words mean.

SUSTech1K's is ROOT/IDENTITY/TYPE/VIEW/NN-[sync-]VIEW-NAME.pkl.

Files are known by name, not by number: "sync-Camera-Sils_aligned" is the file of that name whatever its
number is, so that the layouts with 16 pickles (the released one) and with 18 (with text) read alike, and so
does one that leaves some out.

FreeGait's is ROOT/IDENTITY/DEVICE/SEQUENCE/NAME/NAME.pkl as released, SEQUENCE/NAME.pkl once a script of
OpenGait's (github.com/ShiqiYu/OpenGait) has rearranged it; device and sequence stand for type and view.
"""

from __future__ import annotations

import re

# Twelve views, sorted as the papers' tables are; three of the eight directions come from other distances too.
VIEWS = ("000", "000-far", "045", "090", "090-near", "135", "180", "180-far", "225", "270", "270-far", "315")

# The released numbering: eight modalities as recorded (LiDAR at 10 Hz, camera at 30 Hz), then the same
# eight with the camera frame nearest to each sweep.
RECORDED = (
    "LiDAR-PCDs", "LiDAR-PCDs_depths", "LiDAR-PCDs_sils", "Camera-Pose", "Camera-Ratios-HW",
    "Camera-RGB_raw", "Camera-Sils_aligned", "Camera-Sils_raw",
)  # fmt: skip
NUMBERS = {name: n for n, name in enumerate((*RECORDED, *(f"sync-{name}" for name in RECORDED)))}
# Ours: depth and coverage as the robot makes them, uint8 (T, 2, 64, 64). 16 and 17 are text in the release
# that has 18.
DEPTH_VIEWS = "sync-LiDAR-Depth_views"
NUMBERS[DEPTH_VIEWS] = 18

# FreeGait's silhouettes and points; its poses and range views are not used.
FREEGAIT = IMAGE, CLOUDS = "image", "lidar"

# Conditions by the letters in a type's name; a gallery type is normal, too.
GALLERY = "00-nm"
CONDITIONS = {
    "nm": "normal", "bg": "bag", "cl": "clothing", "cr": "carrying", "ub": "umbrella", "uf": "uniform",
    "oc": "occlusion", "nt": "night",
}  # fmt: skip


def file_name(modality: str, view: str) -> str:
    """Of a modality, one of NUMBERS, in a view."""
    sync = "sync-" if modality.startswith("sync-") else ""
    return f"{NUMBERS[modality]:02d}-{sync}{view}-{modality.removeprefix('sync-')}.pkl"


def modality_of(name: str, view: str) -> str | None:
    """What a file in a view's folder holds, like "sync-LiDAR-PCDs"; None when it has no such name."""
    if name.removesuffix(".pkl") in FREEGAIT:
        return name.removesuffix(".pkl")
    found = re.fullmatch(r"\d{2}-(sync-)?(.+)\.pkl", name)
    return (found[1] or "") + found[2].removeprefix(f"{view}-") if found else None
