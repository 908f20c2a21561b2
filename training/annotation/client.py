"""Asks a server with OpenAI's chat-completions API, patiently and with bounds: size, time, tries.

Everything that can go wrong is one of two things: Refused, this reply is of no use, ask again; Stop, no
further question will fare better, tell the user.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import email.utils
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from sgcross_core.model.factors import Factors
from training.annotation.answers import Refused, Usage, error_of, factors_of, read_json, usage_of
from training.annotation.question import Questioner

MOST_BYTES = 1_000_000  # of a reply; a good one has some hundred
UNTAKEN = (400, 422)  # what servers answer to a field that they do not know, or to a picture they do not like
STOPS = {
    401: "the server does not accept the key; set the environment variable {variable}",
    403: "the server denies access with the key in {variable}",
    404: "the server has no model {model!r} or no chat completions at {url}",
}
BUSY = (408, 409, 425, 429)  # and all from 500 on
Pause = Callable[[float, asyncio.Event], Awaitable[None]]


class Stop(Exception):
    """The run cannot go on; the message says why."""


class _Never(Refused):
    """The server does not take this question: it would not take it again."""


class _Later(Refused):
    """The server is busy or not there; wait: seconds that it asked for, None when it did not say."""

    def __init__(self, kind: str, message: str, wait: float | None = None) -> None:
        super().__init__(kind, message)
        self.wait = wait


@dataclass(frozen=True)
class Access:
    """Where the server is and with which key; variable: the environment variable that held it."""

    url: str
    key: str = field(default="", repr=False)
    variable: str = "OPENAI_API_KEY"

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL as wrong:
            raise ValueError(f"the server's address {self.url!r} is broken: {wrong}") from None
        if url.userinfo:
            raise ValueError(f"the server's address must not hold a password; put it into {self.variable}")
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"the server's address must be like http://host:8000/v1; got {self.url!r}")
        if not (self.key.isascii() and self.key.isprintable()) or self.key != self.key.strip():
            raise ValueError(f"{self.variable} must hold one line of plain characters")

    @property
    def endpoint(self) -> str:
        return f"{self.url.rstrip('/')}/chat/completions"

    def without_key(self, words: str) -> str:
        """The same with the key blotted out, should a server repeat it."""
        return words.replace(self.key, "***") if self.key else words


async def pause_until(seconds: float, over: asyncio.Event) -> None:
    """Wait that long, or until the run is over."""
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)


class Client:
    """One open connection pool; troubles and usage are counted as it goes. Use it as a context manager."""

    def __init__(self, access: Access, questioner: Questioner, pause: Pause = pause_until) -> None:
        asking = questioner.settings.asking
        self.usage, self.troubles = Usage(), Counter[str]()
        self.with_schema = asking.structured != "plain"
        self._access, self._questioner, self._asking, self._pause = access, questioner, asking, pause
        headers = {"Accept-Encoding": "identity", "User-Agent": "sgcross"}
        if access.key:
            headers["Authorization"] = f"Bearer {access.key}"
        limits = httpx.Limits(max_connections=asking.concurrency)
        self._http = httpx.AsyncClient(headers=headers, timeout=asking.timeout, limits=limits)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(self, picture: NDArray[np.uint8], over: asyncio.Event) -> tuple[Factors, Usage]:
        """One vote; Refused after the last try or once the run is over, Stop when nothing will help."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._ask_once(picture)
            except Refused as trouble:
                self.troubles[trouble.kind] += 1
                if isinstance(trouble, _Later) and attempt < self._asking.attempts:
                    await self._pause(self._wait(attempt, trouble), over)
                if isinstance(trouble, _Never) or attempt >= self._asking.attempts or over.is_set():
                    raise

    async def _ask_once(self, picture: NDArray[np.uint8]) -> tuple[Factors, Usage]:
        with_schema = self.with_schema
        status, headers, content = await self._post(picture, with_schema)
        if status in UNTAKEN and with_schema and self._asking.structured == "auto":
            status, headers, content = await self._post(picture, with_schema=False)
            if status == 200:
                self.with_schema = False  # for all: it was the schema that the server did not take
        if status != 200:
            raise self._trouble(status, headers, content)
        try:
            reply = read_json(content)
            self.usage += (usage := usage_of(reply))
            return factors_of(reply), usage
        except Refused as trouble:
            raise Refused(trouble.kind, self._access.without_key(trouble.words)) from None

    async def _post(self, picture: NDArray[np.uint8], with_schema: bool) -> tuple[int, httpx.Headers, bytes]:
        body = self._questioner.request(picture, with_schema=with_schema)
        try:
            return await asyncio.wait_for(self._exchange(body), self._asking.timeout)
        except (asyncio.TimeoutError, httpx.TimeoutException):
            raise _Later("time-out", f"no whole reply within {self._asking.timeout:g} s") from None
        except httpx.TransportError as trouble:
            words = self._access.without_key(str(trouble)) or type(trouble).__name__
            raise _Later("no connection", f"{self._access.endpoint}: {words}") from None

    async def _exchange(self, body: dict[str, Any]) -> tuple[int, httpx.Headers, bytes]:
        content = bytearray()
        async with self._http.stream("POST", self._access.endpoint, json=body) as response:
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise Refused("too long", f"a reply of more than {MOST_BYTES} bytes")
            return response.status_code, response.headers, bytes(content)

    def _trouble(self, status: int, headers: httpx.Headers, content: bytes) -> Exception:
        """What a status other than 200 means."""
        words = self._access.without_key(error_of(content))
        if status in BUSY or status >= 500:
            return _Later(f"HTTP {status}", words, _seconds(headers.get("Retry-After")))
        if status in UNTAKEN:
            return _Never(f"HTTP {status}", f"the server does not take the request: {words}")
        if 300 <= status < 400:
            return Stop(f"the server sends us elsewhere (HTTP {status}); name its right address")
        about = {"variable": self._access.variable, "url": self._access.endpoint}
        hint = STOPS.get(status, "the server does not take the request").format(
            model=self._questioner.model, **about
        )
        return Stop(f"{hint} (HTTP {status}): {words}")

    def _wait(self, attempt: int, trouble: _Later) -> float:
        """Seconds: as the server asked, else doubling, a little by chance lest all come at once."""
        longest = self._asking.longest_wait
        if trouble.wait is None:
            return min(longest, self._asking.first_wait * 2 ** (attempt - 1) * random.uniform(0.5, 1))
        if trouble.wait > longest:
            raise Stop(f"the server asks to wait {trouble.wait:.0f} s, longer than {longest:g} s ({trouble})")
        return trouble.wait


def _seconds(retry_after: str | None) -> float | None:
    """Of a Retry-After header, seconds or a date; None without one or when it is neither."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal() and len(retry_after) < 10:
        return float(retry_after)
    try:
        when = email.utils.parsedate_to_datetime(retry_after)
    except (ValueError, TypeError, IndexError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.timezone.utc)
    return max(0.0, (when - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
