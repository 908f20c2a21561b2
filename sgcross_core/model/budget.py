"""How large a network is, part by part."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from sgcross_core.model.config import SGConfig
from sgcross_core.model.sg_crossgait import SGCrossGait

PARTS = {
    "encoders": "ResNet9, camera and LiDAR",
    "points": "point graph",
    "still": "minimum over frames",
    "project": "separate FCs",
    "necks": "BNNecks (training only)",
    "visual": "CLIP-shaped tower",
    "dcf": "DCF",
    "sgfd": "SGFD",
    "prototypes": "learned prototypes",
    "alignment": "alignment",
    "gar": "GAR",
}
CORE = ("encoders", "project", "necks")  # what the paper's log prints; about 13.2 M there


@dataclass(frozen=True)
class Part:
    """Parameters of one part of a network."""

    name: str
    total: int
    trainable: int


def budget(config: SGConfig) -> list[Part]:
    """Every part of a configuration's network, then the sums "core" and "all"; takes no memory."""
    with torch.device("meta"):
        net = SGCrossGait(config)
    counts = {name: [0, 0] for name in PARTS}
    for name, parameter in net.named_parameters():
        counts[name.split(".")[0]][0] += parameter.numel()
        counts[name.split(".")[0]][1] += parameter.numel() * parameter.requires_grad
    parts = [Part(name, *count) for name, count in counts.items() if count[0]]
    core = [part for part in parts if part.name in CORE]
    return [*parts, _sum("core", core), _sum("all", parts)]


def table(configs: list[SGConfig]) -> str:
    """A Markdown table, a column a configuration; total, and trainable where that is less."""
    columns = [{part.name: part for part in budget(config)} for config in configs]
    names = [name for name in (*PARTS, "core", "all") if any(name in column for column in columns)]
    lines = ["| part | " + " | ".join(config.preset for config in configs) + " |"]
    lines.append("|---|" + len(configs) * "---:|")
    for name in names:
        cells = [_cell(column.get(name)) for column in columns]
        lines.append(f"| {PARTS.get(name, f'**{name}**')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _sum(name: str, parts: list[Part]) -> Part:
    return Part(name, sum(p.total for p in parts), sum(p.trainable for p in parts))


def _cell(part: Part | None) -> str:
    if part is None:
        return "–"
    frozen = part.trainable < part.total
    return f"{part.total:,}" + (f" ({part.trainable:,} trainable)" if frozen else "")
