"""A partner's address for hints: a small server that answers challenges and remembers what it got."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep

_WAIT_S = 60


@dataclass
class Hints:
    """What arrived: header fields and body. The first `refuse` hints are answered by 503."""

    challenges: list[str] = field(default_factory=list)
    hints: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    def of(self, subject: str) -> list[tuple[dict[str, str], bytes]]:
        """The hints about one object."""
        return [hint for hint in self.hints if json.loads(hint[1]).get("subject") == subject]


def is_signed(hint: tuple[dict[str, str], bytes], secret: str) -> bool:
    """Whether one of the hint's signatures is by `secret` (Standard Webhooks, v1)."""
    headers, body = hint
    content = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
    mac = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), content, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}" in headers.get("webhook-signature", "").split(" ")


def until(holds: Callable[[], bool], seconds: float = _WAIT_S) -> bool:
    """Whether `holds` came true in time."""
    end = monotonic() + seconds
    while not holds():
        if monotonic() > end:
            return False
        sleep(0.1)
    return True


@contextmanager
def listening(host: str = "127.0.0.1", port: int = 0) -> Iterator[Hints]:
    """The server, until the end of the block."""
    hints = Hints()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            document = json.loads(body)
            answer = b""
            if "challenge" in document:
                hints.challenges.append(document["challenge"])
                answer = document["challenge"].encode()
            else:
                hints.hints.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer((host, port), Handler)
    hints.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hints
    finally:
        server.shutdown()
        server.server_close()
