"""Rules that hold everywhere, as tests over the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("sgcross_core", "sgcross_ros", "training", "launch", "tools")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# What a room must never import.
FORBIDDEN = {
    "sgcross_core": ("sgcross_ros", "training", "rclpy"),
    "sgcross_ros": ("training",),
    "training": ("sgcross_ros", "rclpy"),
    "sgcross_core/sensing": ("torch",),
    "sgcross_core/people": ("torch",),
    "sgcross_core/gait": ("torch",),
}
# Calls that run what a file says, and what asks for a network at run time.
UNSAFE = {
    ("torch", "load"), ("pickle", "load"), ("pickle", "loads"), ("yaml", "load"), ("yaml", "unsafe_load"),
    ("joblib", "load"), ("marshal", "loads"), ("shelve", "open"), ("os", "system"),
    ("urllib.request", "urlopen"), ("requests", "get"), ("hub", "load"),
}  # fmt: skip
OWN_BYTES = ("training/world/recording.py",)  # a worker process reads what its parent wrote in memory
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 60
MAY_PRINT = ("commands", "demo", "bench", "tools")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every module that a file imports, wherever in the file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


@pytest.mark.parametrize("room", FORBIDDEN)
def test_imports_point_one_way(room: str) -> None:
    found = [
        f"{where(path, line)} imports {name}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, name in imports(path)
        if name.split(".")[0] in FORBIDDEN[room] and not _exempt(path, name)
    ]
    assert found == []


def _exempt(path: Path, name: str) -> bool:
    """The ultralytics segmenter is a wrapper of a torch program and loads it when it is asked for."""
    return path.name == "ultralytics.py" and name.split(".")[0] == "torch"


def test_only_the_ros_room_knows_ros() -> None:
    ros = {"rclpy", "sensor_msgs", "std_msgs", "vision_msgs", "geometry_msgs", "launch", "launch_ros"}
    found = [
        f"{where(path, line)} imports {name}"
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] not in ("sgcross_ros", "launch")
        for line, name in imports(path)
        if name.split(".")[0] in ros
    ]
    assert found == []


def test_nothing_is_loaded_that_can_run_code() -> None:
    found = [
        f"{where(path, call.lineno)} {ast.unparse(call.func)}"
        for path in SOURCES
        if str(path.relative_to(ROOT)) not in OWN_BYTES
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        and (ast.unparse(call.func.value), call.func.attr) in UNSAFE
        and not any(k.arg == "weights_only" and ast.unparse(k.value) == "True" for k in call.keywords)
    ]  # fmt: skip
    assert found == []


def test_no_bare_except_and_no_assert_in_the_program() -> None:
    bad = [
        f"{where(path, node.lineno)} {type(node).__name__}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert) or (isinstance(node, ast.ExceptHandler) and node.type is None)
    ]
    assert bad == []


def test_print_only_on_a_command_line() -> None:
    found = [
        where(path, node.lineno)
        for path in SOURCES
        if not set(MAY_PRINT) & set(path.parts)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_on_a_few_screens(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= MOST_LINES, f"{lines} lines; at most {MOST_LINES}"
    long = [
        f"{where(path, node.lineno)} {node.name}: {length} lines"
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_every_module_and_public_name_says_what_it_is() -> None:
    found = []
    for path in SOURCES:
        module = tree(path)
        if not ast.get_docstring(module) and module.body:
            found.append(f"{path.relative_to(ROOT)} has no docstring")
        for node in module.body:
            named = isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_")
            if named and not ast.get_docstring(node):
                found.append(f"{where(path, node.lineno)} {node.name} has no docstring")
    assert found == []


def test_a_room_has_no_stray_files() -> None:
    """Each package's folders are packages, so that an installed copy is complete."""
    folders = {path.parent for path in SOURCES if path.relative_to(ROOT).parts[0] not in ("launch", "tools")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
