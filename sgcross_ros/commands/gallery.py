"""Enrol, forget and list people: in a running identity_node, or in a gallery file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

People = Mapping[str, Mapping[str, int]]


class Refused(Exception):
    """The node or the gallery said no; the message says why."""


def main(argv: list[str]) -> int:
    """0 when done, 1 when refused, with the reason on the error output."""
    chosen = _parser().parse_args(argv)
    try:
        answer = _in_file(chosen) if chosen.file else _in_node(chosen)
    except (Refused, TimeoutError, ValueError) as why:
        sys.stderr.write(f"sgcross gallery: {why}\n")
        return 1
    sys.stdout.write(answer + "\n")
    return 0


def table(people: People) -> str:
    """People and their templates, a line each."""
    if not people:
        return "nobody is enrolled"
    wide = max(map(len, people))
    rows = [
        (name, ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
        for name, kinds in people.items()
    ]
    return "\n".join(f"{name:{wide}s}  {templates}" for name, templates in rows)


def _in_file(chosen: argparse.Namespace) -> str:
    from sgcross_core.identity import Gallery, GalleryBusy  # not needed, and slow to load, for a running node

    if chosen.action == "enrol":
        raise ValueError("enrolling needs a running identity_node, which knows the tracks; leave out --file")
    if not chosen.file.exists():
        raise ValueError(f"there is no gallery {chosen.file}")
    gallery = Gallery(chosen.file)
    try:
        if chosen.action == "list":
            return table(gallery.people())
        return _forgotten(gallery, chosen.name)
    except GalleryBusy as busy:
        raise Refused(str(busy)) from busy
    finally:
        gallery.close()


def _forgotten(gallery: Any, name: str) -> str:
    if not (gone := gallery.forget(name)):
        raise Refused(f"nobody is enrolled as {name!r}; enrolled: {', '.join(gallery.people()) or 'nobody'}")
    return f"forgot {name}: {gone} templates deleted"


def _in_node(chosen: argparse.Namespace) -> str:
    from sgcross_ros import environment

    environment.prepare()  # before rclpy is imported
    from sgcross_ros.commands.calls import caller, set_parameter

    with caller(chosen.wait) as call:
        if chosen.action == "list":
            return _listed(call, chosen.node)
        text = f"{chosen.track} {chosen.name}" if chosen.action == "enrol" else chosen.name
        successful, reason = set_parameter(call, chosen.node, chosen.action, text)
    if not successful:
        raise Refused(reason)
    return reason


def _listed(call: Any, node: str) -> str:
    from std_srvs.srv import Trigger

    response = call(Trigger, f"{node}/people", Trigger.Request())
    if not response.success:
        raise Refused(response.message)
    return table(json.loads(response.message))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sgcross gallery", description=(__doc__ or "").strip())
    parser.add_argument("--node", default="/identity_node", help="name of the node (default %(default)s)")
    parser.add_argument("--file", type=Path, help="a gallery file to work on directly, without ROS")
    parser.add_argument("--wait", type=float, default=10.0, help="seconds to wait for the node (default 10)")
    actions = parser.add_subparsers(dest="action", required=True)
    enrol = actions.add_parser("enrol", help="store the walk of a track under a name")
    enrol.add_argument("track", type=int, help="the track's number, as RViz and the topic tracks show it")
    enrol.add_argument("name")
    actions.add_parser("forget", help="delete a person for good").add_argument("name")
    actions.add_parser("list", help="who is enrolled, with how many templates of which sensor")
    return parser
