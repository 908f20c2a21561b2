"""Settings of annotation by a model: what it is shown, how it is asked, what may be spent."""

from __future__ import annotations

from dataclasses import dataclass

from sgcross_core.settings import check, nested, setting

SILHOUETTES, MASKED = "silhouettes", "masked"


@dataclass(frozen=True)
class PictureSettings:
    """The contact strip of a walk."""

    kind: str = setting(
        SILHOUETTES, "masked: colours below the upper third of the silhouette", choices=(SILHOUETTES, MASKED)
    )
    frames: int = setting(12, "frames of a strip, from the middle of the walk", low=1, high=48)
    step: int = setting(1, "take every so manieth frame; 1 for frames at 10 Hz", low=1, high=30)
    tile: int = setting(128, "height and width of a frame in the strip", low=32, high=512, unit="px")

    def __post_init__(self) -> None:
        check(self)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Of SUSTech1K, the mask first."""
        if self.kind == MASKED:
            return "sync-Camera-Sils_raw", "sync-Camera-RGB_raw"
        return ("sync-Camera-Sils_aligned",)


@dataclass(frozen=True)
class AskingSettings:
    """How the server is asked."""

    votes: int = setting(3, "times that each walk is asked about", low=1, high=99)
    temperature: float = setting(0.7, "above 0, so that votes can differ", low=0.0, high=2.0)
    max_tokens: int = setting(400, "longest answer", low=50, high=100_000, unit="tokens")
    structured: str = setting(
        "auto",
        "answers held to the schema by the server; auto: where it can",
        choices=("auto", "schema", "plain"),
    )
    concurrency: int = setting(8, "questions under way at a time", low=1, high=1024)
    timeout: float = setting(120.0, "longest time for one answer as a whole", low=0.1, high=3600.0, unit="s")
    attempts: int = setting(5, "tries a vote before it is given up", low=1, high=20)
    first_wait: float = setting(1.0, "before the second try; doubles with each", low=0.0, high=60.0, unit="s")
    longest_wait: float = setting(
        120.0, "that the server may ask for, else the run stops", low=0.0, high=86_400.0, unit="s"
    )
    give_up: int = setting(10, "walks in a row without any answer after which the run stops", low=1)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class PriceSettings:
    """What the server takes, for the estimate; 0 where it costs nothing."""

    price_in: float = setting(0.0, "price of a million tokens that are sent", low=0.0)
    price_out: float = setting(0.0, "price of a million tokens that are answered", low=0.0)
    picture_rule: str = setting(
        "patches",
        "patches: a token per 28 x 28 pixels (Qwen2-VL); tiles: 85 and 170 per 512 x 512 (GPT-4o)",
        choices=("patches", "tiles"),
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class AnnotationSettings:
    """All of them."""

    picture: PictureSettings = nested(PictureSettings)  # noqa: RUF009
    asking: AskingSettings = nested(AskingSettings)  # noqa: RUF009
    price: PriceSettings = nested(PriceSettings)  # noqa: RUF009
