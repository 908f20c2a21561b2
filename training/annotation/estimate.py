"""What a survey will take, told before it begins.

Tokens of a picture by one of two published rules: a token per 28 x 28 pixels (Qwen2-VL, arXiv 2409.12191), or
85 and 170 more per 512 x 512 pixels after scaling the shorter side down to 768 (OpenAI's guide to vision for
GPT-4o). Of words: four characters a token (OpenAI's rule of thumb); of the answer's JSON: two. Other models
count in other ways, so this is an estimate; what the server itself counted is told after the run.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from training.annotation.answers import NAMES, Usage
from training.annotation.question import Questioner
from training.annotation.settings import PriceSettings
from training.annotation.strips import size

CHARACTERS, ANSWER_CHARACTERS = 4, 2
PATCH = 28
TILE, TILE_TOKENS, PICTURE_TOKENS, LONGEST, SHORTEST = 512, 170, 85, 2048, 768


@dataclass(frozen=True)
class Estimate:
    """pictures: to be sent, one a vote; pixels: width and height of each; tokens: all together."""

    pictures: int
    pixels: tuple[int, int]
    tokens: Usage

    def lines(self, price: PriceSettings) -> list[str]:
        """For a person who is to decide."""
        width, height = self.pixels
        return [
            f"{self.pictures} pictures of {width} x {height} pixels to send, one a vote",
            f"about {self.tokens.sent:,} tokens sent and {self.tokens.answered:,} answered, without retries",
            cost_line(self.tokens, price),
        ]


def estimate(questioner: Questioner, votes: int) -> Estimate:
    """Of so many votes."""
    settings = questioner.settings
    words = math.ceil(len(questioner.prompt) / CHARACTERS)
    answer = math.ceil(len(json.dumps(dict.fromkeys(NAMES, 0))) / ANSWER_CHARACTERS)
    pixels = size(settings.picture)
    sent = words + picture_tokens(*pixels, settings.price.picture_rule)
    return Estimate(votes, pixels, Usage(votes * sent, votes * answer))


def picture_tokens(width: int, height: int, rule: str) -> int:
    """By the rule "patches" or "tiles"."""
    if rule == "patches":
        return math.ceil(width / PATCH) * math.ceil(height / PATCH)
    shrink = min(1.0, LONGEST / max(width, height))
    shrink *= min(1.0, SHORTEST / (shrink * min(width, height)))
    tiles = math.ceil(width * shrink / TILE) * math.ceil(height * shrink / TILE)
    return PICTURE_TOKENS + TILE_TOKENS * tiles


def cost(tokens: Usage, price: PriceSettings) -> float:
    """In the currency of the price."""
    return (tokens.sent * price.price_in + tokens.answered * price.price_out) / 1e6


def cost_line(tokens: Usage, price: PriceSettings) -> str:
    """The cost in words."""
    if price.price_in == price.price_out == 0:
        return "no price given (--price-in, --price-out per million tokens)"
    return f"cost {cost(tokens, price):.2f} at {price.price_in:g} and {price.price_out:g} per million tokens"
