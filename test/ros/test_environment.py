"""The environment that nodes get, and what the set-up rewrites and asks for."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sgcross_ros import environment

ROOT = Path(__file__).parents[2]


def test_what_is_missing_is_added_and_what_is_set_is_kept() -> None:
    bare = environment.needed({})
    assert bare[environment.PROFILE].endswith("fastdds.xml") and Path(bare[environment.PROFILE]).exists()
    full = {environment.PROFILE: "/mine.xml", "AMENT_PREFIX_PATH": f"/other:{sys.prefix}"}
    assert environment.needed(full) == {}


def test_a_child_inherits_and_may_be_told_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELLO", "there")
    child = environment.child_environment({"ROS_DOMAIN_ID": "7"})
    assert (child["HELLO"], child["ROS_DOMAIN_ID"]) == ("there", "7") and environment.PROFILE in child


@pytest.mark.parametrize("domain", [0, 101])
def test_a_private_domain(domain: int) -> None:
    assert environment.private(domain)["ROS_DOMAIN_ID"] == str(domain)


@pytest.mark.parametrize("domain", [-1, 102])
def test_domains_that_do_not_fit_the_ports(domain: int) -> None:
    with pytest.raises(ValueError, match=r"0\.\.101"):
        environment.private(domain)


def test_a_claimed_domain_is_given_to_nobody_else(domain: int) -> None:
    line = "from sgcross_ros.environment import claim_domain as claim; print(*(claim() for _ in range(60)))"
    child = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    others = [int(word) for word in child.stdout.split()]
    assert len(set(others)) == 60 and domain not in others and all(1 <= n <= 99 for n in others)


def tool(name: str) -> ModuleType:
    """A module of the set-up, which is no package."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BAKED = '"${_IMPORT_PREFIX}/include;/opt/python/cp311-cp311/include/python3.11;/opt/python/cp311-cp311/lib/python3.11/site-packages/numpy/_core/include"'  # noqa: E501


def test_baked_in_include_folders_are_rewritten_once(tmp_path: Path) -> None:
    typesupport = tool("typesupport")
    export = tmp_path / "share/std_msgs/cmake/std_msgsExport.cmake"
    export.parent.mkdir(parents=True)
    export.write_text(BAKED)
    assert typesupport.point_includes(tmp_path, "/py/include", "/np/numpy/_core/include") == 1
    assert export.read_text() == '"${_IMPORT_PREFIX}/include;/py/include;/np/numpy/_core/include"'
    assert typesupport.point_includes(tmp_path, "/py/include", "/np/numpy/_core/include") == 0
    assert typesupport.point_includes(tmp_path, "/py/include", "/np/numpy/core/include") == 1  # numpy 1


def test_message_types_are_built_anew_when_anything_changes() -> None:
    typesupport = tool("typesupport")
    assert typesupport.packages() == ["tf2_msgs", "vision_msgs"]
    first = typesupport.digest("/a", "/b")
    assert first == typesupport.digest("/a", "/b") != typesupport.digest("/a", "/c")


@pytest.mark.parametrize(
    "root, sudo, expected",
    [(True, False, ["apt-get", "env"]), (False, True, ["sudo", "sudo"]), (False, False, None)],
)
def test_system_packages_are_installed_or_asked_for(
    root: bool, sudo: bool, expected: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    system: Any = tool("system")
    monkeypatch.setattr(system, "_privilege", lambda: [] if root else ["sudo", "-n"] if sudo else None)
    monkeypatch.setattr(system.shutil, "which", lambda name: f"/usr/bin/{name}")
    ran: list[list[str]] = []
    if expected is None:
        with pytest.raises(
            system.SetupStopped, match="sudo apt-get install -y --no-install-recommends cmake gcc"
        ):
            system.install(["cmake", "gcc"], ran.append)
    else:
        system.install(["cmake", "gcc"], ran.append)
    assert [command[0] for command in ran] == (expected or [])


def test_without_apt_the_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    system: Any = tool("system")
    monkeypatch.setattr(system.shutil, "which", lambda name: None)
    with pytest.raises(system.SetupStopped, match="libgl1"):
        system.install(["libgl1"], lambda command: None)
    assert "cmake" in system.missing_packages(build=True) and "cmake" not in system.missing_packages(
        build=False
    )
