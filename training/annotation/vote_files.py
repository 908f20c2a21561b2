"""What a survey leaves behind: the agreed factors as a side file, the votes and their agreement beside it.

FILE.json or FILE.csv is read by sgcross_core.model.factor_files. FILE.votes.json: {"schema": "gdf-votes-1",
"factors": "gdf-1", "model", "prompt", "columns", "sequences": [{"id", "type", "view", "sequence", "votes",
"agreement", "score"}]}, votes and agreement in the order of columns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sgcross_core.model.factor_files import COLUMNS, SequenceKey, save_factors
from sgcross_core.model.factors import SCHEMA, Factors
from training.annotation.consensus import Consensus, consensus
from training.annotation.question import Questioner
from training.files import write_whole

VOTES_SCHEMA = "gdf-votes-1"
Votes = Mapping[SequenceKey, list[Factors]]


def agreed(votes: Votes, wanted: int) -> dict[SequenceKey, Consensus]:
    """The consensus about each walk of which more than half of the wanted votes are there."""
    return {key: consensus(given) for key, given in votes.items() if 2 * len(given) > wanted}


def save_survey(
    path: Path, votes: Votes, wanted: int, questioner: Questioner
) -> dict[SequenceKey, Consensus]:
    """Write both files, each whole or not at all; returns what was written."""
    found = agreed(votes, wanted)
    head = {
        "schema": VOTES_SCHEMA, "factors": SCHEMA, "model": questioner.model, "prompt": questioner.prompt,
        "columns": COLUMNS,
    }  # fmt: skip
    lines = (json.dumps(_entry(key, votes[key], result)) for key, result in found.items())
    text = json.dumps(head)[:-1] + ', "sequences": [\n' + ",\n".join(lines) + "\n]}\n"
    write_whole(votes_path(path), text)
    save_factors(path, {key: result.factors for key, result in found.items()})
    return found


def votes_path(path: Path) -> Path:
    """Where the votes behind a file of factors are."""
    return path.with_name(f"{path.stem}.votes.json")


def _entry(key: SequenceKey, votes: list[Factors], result: Consensus) -> dict[str, object]:
    return {
        **key._asdict(),
        "votes": [vote.row for vote in votes],
        "agreement": [round(share, 4) for share in result.agreement],
        "score": round(result.score, 4),
    }
