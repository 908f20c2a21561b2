"""The learning rate over a run."""

from __future__ import annotations

from training.recipe import Recipe


def learning_rate(recipe: Recipe, iteration: int) -> float:
    """The learning rate of an iteration; of two phases each has the whole schedule."""
    share = 1.0
    for begin, factor in zip(recipe.milestones, recipe.factors, strict=True):
        if recipe.progress(iteration) >= begin:
            share = factor
    return recipe.rate * share
