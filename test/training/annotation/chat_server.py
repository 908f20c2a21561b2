"""A real HTTP server on 127.0.0.1 that answers as told, well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from training.annotation.answers import NAMES

GOOD = {name: 1 for name in NAMES}
MOST_REQUESTS = 200


def completion(text: Any, **more: Any) -> bytes:
    """The body of a chat completion."""
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop", **more}
    usage = {"prompt_tokens": 100, "completion_tokens": 50}
    return json.dumps({"choices": [choice], "usage": usage}).encode()


@dataclass
class Reply:
    body: bytes = field(default_factory=lambda: completion(json.dumps(GOOD)))
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0  # seconds between bytes
    wait: float = 0.0  # seconds before the first


@dataclass
class ChatServer:
    url: str
    requests: list[dict[str, Any]]
    keys: list[str | None]


@contextmanager
def chat_server(reply: Callable[[int, dict[str, Any]], Reply]) -> Iterator[ChatServer]:
    """reply(n, request) answers the request number n."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(state.requests)
                state.requests.append({"path": self.path, **body})
                state.keys.append(self.headers["Authorization"])
            given = reply(number, body) if number < MOST_REQUESTS else Reply(b"enough", 404)
            time.sleep(given.wait)
            with suppress(OSError):  # the client went away
                self._send(given)

        def _send(self, given: Reply) -> None:
            self.send_response(given.status)
            for name, value in {"Content-Length": str(len(given.body)), **given.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if not given.drip:
                self.wfile.write(given.body)
                return
            for byte in given.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(given.drip)

        def log_message(self, *words: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = ChatServer(f"http://127.0.0.1:{server.server_port}/v1", [], [])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
