"""The losses of a run on disk: losses.csv, and TensorBoard's files where they are asked for."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from training.files import write_whole
from training.trainer import Step

Row = dict[str, str]


class LossLog:
    """A line of FILE.csv for each call; of a run with two phases, the losses of the other one stay empty.

    begin: a run that goes on keeps the lines up to this iteration. board: folder for TensorBoard, or None;
    ImportError says how to install it.
    """

    def __init__(self, path: Path, begin: int = 0, board: Path | None = None) -> None:
        self.path = path
        self.rows: list[Row] = [row for row in _read(path) if int(row["iteration"]) <= begin]
        self._board = _writer(board) if board else None

    def __call__(self, iteration: int, step: Step, rate: float) -> None:
        values = {"total": step.total, **step.parts}
        told = {name: f"{value:.6g}" for name, value in {"rate": rate, **values}.items()}
        self.rows.append({"iteration": str(iteration), **told})
        names = list(dict.fromkeys(name for row in (self.rows[0], self.rows[-1]) for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_whole(self.path, text.getvalue())
        if self._board:
            for name, value in (("rate", rate), *values.items()):
                self._board.add_scalar(name, value, iteration)

    def figure(self, name: str, value: float, iteration: int) -> None:
        """A number that is measured now and then, for TensorBoard."""
        if self._board:
            self._board.add_scalar(name, value, iteration)

    def close(self) -> None:
        """Write what is still in memory."""
        if self._board:
            self._board.close()


def _read(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as opened:
        return [{k: v for k, v in row.items() if v} for row in csv.DictReader(opened)]


def _writer(folder: Path):  # type: ignore[no-untyped-def]
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise ImportError("--tensorboard needs the package: pip install -e .[train]") from None
    return SummaryWriter(str(folder))
