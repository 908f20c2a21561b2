"""Where the sensors are, from /tf_static and, for transforms that are only there, from /tf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from tf2_msgs.msg import TFMessage

from sgcross_core.sensing import RigidTransform
from sgcross_ros.qos import LATCHED


class FrameTree:
    """Frames and the newest transform of each to its parent."""

    def __init__(self) -> None:
        self._parents: dict[str, tuple[str, RigidTransform, bool]] = {}

    def set(self, parent: str, child: str, child_to_parent: RigidTransform, fixed: bool) -> None:
        """Put a frame where its newest transform says; fixed: it came from /tf_static."""
        if not parent or not child or parent == child:
            raise ValueError(f"a transform needs two different frames; got {parent!r} and {child!r}")
        self._parents[child] = (parent, child_to_parent, fixed)

    def frames(self) -> list[str]:
        """Every frame that is known, sorted."""
        return sorted(set(self._parents) | {parent for parent, _, _ in self._parents.values()})

    def lookup(self, source: str, target: str) -> tuple[RigidTransform, bool]:
        """What takes points of source to target, and whether every link of it is fixed.

        LookupError names both frames and those that are known.
        """
        down, up = self._chain(source), self._chain(target)
        for frame, (to_common, fixed) in down.items():
            if frame in up:
                from_common, also_fixed = up[frame]
                return from_common.inverse() @ to_common, fixed and also_fixed
        known = ", ".join(self.frames()) or "none"
        raise LookupError(f"no transform from {source!r} to {target!r}; known frames: {known}")

    def _chain(self, frame: str) -> dict[str, tuple[RigidTransform, bool]]:
        """Each ancestor of a frame, itself first, with the transform to it and whether that is fixed."""
        chain = {frame: (RigidTransform.identity(), True)}
        while frame in self._parents:
            parent, transform, fixed = self._parents[frame]
            if parent in chain:
                raise LookupError(f"the frames {', '.join(chain)} form a circle")
            to_frame, all_fixed = chain[frame]
            chain[parent] = (transform @ to_frame, all_fixed and fixed)
            frame = parent
        return chain


class StaticTransforms:
    """Listens to transforms and keeps the tree; refuse is told of each that is not rigid."""

    def __init__(self, node: Node, refuse: Callable[[str, str], Any], changed: Callable[[], None]) -> None:
        self.tree = FrameTree()
        self._node, self._refuse, self._changed = node, refuse, changed
        self._static = node.create_subscription(TFMessage, "/tf_static", self._on_static, LATCHED)
        self._moving: Any = node.create_subscription(TFMessage, "/tf", self._on_moving, 100)

    def ignore_moving(self) -> None:
        """Stop listening to /tf, which may come hundreds of times a second and is not needed."""
        if self._moving is not None:
            self._node.destroy_subscription(self._moving)
            self._moving = None

    def close(self) -> None:
        """Stop listening."""
        self.ignore_moving()
        self._node.destroy_subscription(self._static)

    def _on_static(self, message: TFMessage) -> None:
        self._take(message, fixed=True)

    def _on_moving(self, message: TFMessage) -> None:
        self._take(message, fixed=False)

    def _take(self, message: TFMessage, fixed: bool) -> None:
        for one in message.transforms:
            shift, turn = one.transform.translation, one.transform.rotation
            parent, child = one.header.frame_id.lstrip("/"), one.child_frame_id.lstrip("/")
            try:
                transform = RigidTransform.from_quaternion(
                    (shift.x, shift.y, shift.z), (turn.x, turn.y, turn.z, turn.w)
                )
                self.tree.set(parent, child, transform, fixed)
            except ValueError as wrong:
                self._refuse("transform", f"{parent} -> {child}: {wrong}")
        self._changed()
