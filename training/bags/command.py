"""convert: turn a public recording into a bag that the nodes and the player read."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.bags.conversion import convert_kitti
from training.bags.kitti import Drive


def main(argv: list[str]) -> int:
    """Run `sgcross convert ...`; 1 when the recording cannot be read, with a sentence that says why."""
    choice = parser().parse_args(argv)
    try:
        truth = convert_kitti(Drive.open(choice.drive), choice.out)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"sgcross convert: {error}\n")
        return 1
    sweeps = len(truth["frames"])
    sys.stdout.write(f"{choice.out}: {sweeps} sweeps, {len(truth['people'])} labelled people\n")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line of `sgcross convert`."""
    top = argparse.ArgumentParser(prog="sgcross convert", description=__doc__)
    kinds = top.add_subparsers(dest="kind", required=True, metavar="KIND")
    kitti = kinds.add_parser("kitti", help="a drive of KITTI raw: images, Velodyne, calibration, tracklets")
    kitti.add_argument("drive", type=Path, metavar="DIR", help="e.g. 2011_09_26/2011_09_26_drive_0005_sync")
    kitti.add_argument("out", type=Path, metavar="OUT.mcap", help="the bag; OUT.truth.json is put beside it")
    return top
