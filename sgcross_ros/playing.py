"""The course of a playback: wait for the others, play by the clock or by answers, let it ring out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sgcross_ros.pace import SECOND, TICK_S, AnswerPace, WallPace
from sgcross_ros.player_settings import PlayerSettings
from sgcross_ros.recording import CLOUD, PICTURES, Recording, header_stamp

if TYPE_CHECKING:
    from sgcross_ros.player_node import PlayerNode

DELIVER_S = 0.5  # for the last messages, before the process ends
RING_OUT_S = 0.5  # the clock runs on for so long, so that nothing waits for a message that never comes
AHEAD_PERIODS = 2.2  # two moments at once: one that is worked on, one that waits
SLOWEST_NS = SECOND // 5
LONE_FRAMES_NS = SECOND // 10  # a camera alone is not answered more often


class Playing:
    """Plays a recording through a node that publishes, ticks and spins."""

    def __init__(self, node: PlayerNode, recording: Recording, settings: PlayerSettings) -> None:
        self.sent = 0
        self._node, self._recording, self._settings = node, recording, settings
        self._pace = AnswerPace(_ahead(recording))
        self._paced = {t for t, kind in recording.types.items() if kind == CLOUD or kind in PICTURES}
        self._steps = set(recording.step_topics())
        self._last_step: int | None = None
        self._loop = 0

    def play(self) -> None:
        """Everything from the wait for subscribers to the last answer; TimeoutError when nobody listens."""
        self._wait_for_others()
        while self._settings.loops == 0 or self._loop < self._settings.loops:
            self._loop += 1
            self._pace.restart()
            self._play_once()
            self._ring_out()
        self._tell("done", self._recording.end, force=True)
        self._node.spin_until(time.monotonic() + DELIVER_S)

    def answered(self, topic: str, stamp: int) -> None:
        """A consumer has answered for a stamp."""
        self._pace.answered(topic, stamp)

    def _play_once(self) -> None:
        rate = self._settings.rate
        wall = WallPace(rate, self._recording.start, time.monotonic()) if rate > 0 else None
        for message in self._recording.messages():
            if wall is not None:
                self._wait_by_clock(wall, message.time)
            self._node.tick(message.time)
            if wall is None and message.topic in self._paced:
                self._wait_for_answers(stamp := header_stamp(message.data))
                self._last_step = stamp if message.topic in self._steps else self._last_step
            self._node.publish(message)
            self.sent += 1
            self._tell("playing", message.time)

    def _wait_by_clock(self, wall: WallPace, bag_time: int) -> None:
        due = wall.due_s(bag_time)
        while (now := time.monotonic()) < due:
            self._node.tick(wall.bag_time(now))
            self._node.spin_until(min(due, now + TICK_S))

    def _wait_for_answers(self, stamp: int) -> None:
        """Simulated time stands at the message's meanwhile: a wait for the other sensor ends by it."""
        since, reached = time.monotonic(), self._pace.reached()
        self._node.spin_until(0.0)
        while not self._pace.may_send(stamp):
            self._node.spin_until(time.monotonic() + TICK_S / 2)
            if self._pace.reached() != reached:
                since, reached = time.monotonic(), self._pace.reached()
            elif time.monotonic() - since > self._settings.stuck_s:
                self._node.get_logger().warning(f"no answer for {self._settings.stuck_s:g} s; going on")
                self._pace.give_up(stamp)

    def _ring_out(self) -> None:
        """Let time run on a little, and wait for the last answer when answers set the pace."""
        began = time.monotonic()
        wall = WallPace(1.0, self._recording.end, began)
        while (past := time.monotonic() - began) < RING_OUT_S or (
            self._behind() and past < RING_OUT_S + self._settings.stuck_s
        ):
            self._node.tick(wall.bag_time(began + past))
            self._node.spin_until(began + past + TICK_S)
            self._tell("playing", self._recording.end)
        self._node.tick(wall.bag_time(began + past))  # also when the last turn took long

    def _behind(self) -> bool:
        """Whether the answer to the last moment is still to come; of pictures alone not each is answered."""
        if self._last_step is None or not self._pace.answers:
            return False
        alone = any(self._recording.types[topic] in PICTURES for topic in self._steps)
        return self._last_step - self._pace.reached() > (2 * LONE_FRAMES_NS if alone else 0)

    def _wait_for_others(self) -> None:
        end, node = time.monotonic() + self._settings.wait_s, self._node
        while (node.deaf() or node.absent()) and time.monotonic() < end:
            self._tell("waiting", self._recording.start)
            node.tick(self._recording.start)
            node.spin_until(time.monotonic() + 0.05)
        silent = [f"nobody subscribed to {topic}" for topic in node.deaf()]
        if len(silent) == len(node.awaited):
            raise TimeoutError(f"{silent[0]} within {self._settings.wait_s:g} s, nor to any other topic")
        for sentence in [*silent, *(f"nobody publishes {topic}" for topic in node.absent())]:
            node.get_logger().warning(f"{sentence} after {self._settings.wait_s:g} s; playing all the same")
        node.spin_until(time.monotonic() + self._settings.settle_s)

    def _tell(self, state: str, bag_time: int, force: bool = False) -> None:
        length = (self._recording.end - self._recording.start) / SECOND
        at = min(length, max(0.0, (bag_time - self._recording.start) / SECOND))
        values = {
            "loop": self._loop,
            "loops": self._settings.loops,
            "at_s": round(at, 3),
            "length_s": round(length, 3),
            "sent": self.sent,
        }
        self._node.tell(state, values, force)


def _ahead(recording: Recording) -> int:
    topics = recording.step_topics()
    period = min(recording.period_ns(topics), SLOWEST_NS)
    if any(recording.types[topic] in PICTURES for topic in topics):
        period = max(period, LONE_FRAMES_NS)
    return round(AHEAD_PERIODS * period)
