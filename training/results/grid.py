"""Which runs a comparison is made of, read from one YAML file.

    seeds:     [0, 1, 2]
    common:    settings of every recipe, the budget among them
    methods:   name -> settings of its own
    ablation:  name -> settings beside those of the method `of`
    of:        one of the methods
    ablated:   the seeds that the ablation is run with; all of them where it is left out
    test_sets: name -> what the page says of it; may be left out
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from sgcross_core.settings import with_values
from training.recipe import Recipe, dotted

FIELDS = ("seeds", "common", "methods", "ablation", "of")
OPTIONAL = ("ablated", "test_sets")


@dataclass(frozen=True)
class Grid:
    """recipes: name -> recipe of seed 0; methods, ablation: their names; of: the method that loses blocks.

    seeds: of the methods; ablated: those of them that the ablation is run with; test_sets: words on each.
    """

    recipes: Mapping[str, Recipe]
    methods: tuple[str, ...]
    ablation: tuple[str, ...]
    of: str
    seeds: tuple[int, ...]
    ablated: tuple[int, ...]
    test_sets: Mapping[str, str]

    def recipe(self, name: str, seed: int) -> Recipe:
        """The recipe of one run."""
        return replace(self.recipes[name], seed=seed)

    def runs(self) -> list[tuple[str, int]]:
        """Name and seed of every run, seed by seed, so that a broken off comparison is a comparison."""
        return [(name, seed) for seed in self.seeds for name in self.recipes if seed in self.seeds_of(name)]

    def seeds_of(self, name: str) -> tuple[int, ...]:
        """The seeds that a name is run with."""
        return self.ablated if name in self.ablation else self.seeds


def read_grid(path: Path) -> Grid:
    """The grid of a file; ValueError names what is missing, unknown or fits no recipe."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or set(content) - set(OPTIONAL) != set(FIELDS):
        found = ", ".join(content) if isinstance(content, dict) else type(content).__name__
        raise ValueError(f"{path} must hold {', '.join(FIELDS)}; got {found}")
    methods, ablation, of = content["methods"], content["ablation"] or {}, content["of"]
    if of not in methods:
        raise ValueError(f"{path}: of must be one of the methods {', '.join(methods)}; got {of!r}")
    if both := set(methods) & set(ablation):
        raise ValueError(f"{path}: {sorted(both)[0]!r} is a method and in the ablation")
    settings = {name: own or {} for name, own in methods.items()}
    settings |= {name: _merged(methods[of] or {}, own or {}) for name, own in ablation.items()}
    recipes = {name: _recipe(path, name, _merged(content["common"], own)) for name, own in settings.items()}
    seeds = _seeds(path, "seeds", content["seeds"])
    ablated = _seeds(path, "ablated", content.get("ablated", content["seeds"]))
    if not set(ablated) <= set(seeds):
        raise ValueError(f"{path}: ablated must be among the seeds {list(seeds)}; got {list(ablated)}")
    words = {name: str(said) for name, said in (content.get("test_sets") or {}).items()}
    return Grid(recipes, tuple(methods), tuple(ablation), of, seeds, ablated, words)


def _recipe(path: Path, name: str, settings: dict[str, Any]) -> Recipe:
    try:
        return with_values(Recipe(), dotted(settings))
    except ValueError as wrong:
        raise ValueError(f"{path}: {name}: {wrong}") from None


def _seeds(path: Path, field: str, seeds: Any) -> tuple[int, ...]:
    if not isinstance(seeds, list) or not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"{path}: {field} must be different numbers in a list; got {seeds!r}")
    return tuple(int(seed) for seed in seeds)


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Dotted names of both, the own ones first."""
    return {**dotted(common), **dotted(own)}
