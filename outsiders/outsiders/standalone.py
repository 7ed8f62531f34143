"""Command line and HTTP server of the small programs for another bureau: witness, monitor, test time authority.

They need neither a database nor the platform's settings. Each option may come from the environment: `--listen` of the
witness is MINGZHENG_WITNESS_LISTEN. `./mz up` passes a listening socket, so that the port survives a restart, and as
stdin a pipe that closes when the parent ends.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp

_SERVER: Final[dict[str, Any]] = {
    "http": "httptools",
    "proxy_headers": False,
    "server_header": False,
    "access_log": False,
    "log_level": "warning",
    "timeout_graceful_shutdown": 2,
}
_STDIN: Final = 0


class Options(argparse.ArgumentParser):
    """The command line of `python -m outsiders.<name>`. The environment supplies options that it leaves out."""

    def __init__(self, name: str, *, port: int, description: str) -> None:
        super().__init__(prog=f"python -m outsiders.{name}", description=description)
        self._prefix = f"MINGZHENG_{name.upper()}_"
        self.described: list[tuple[str, str, str | None]] = []
        self.option("listen", f"监听地址 (address to listen on), 127.0.0.1:{port}", f"127.0.0.1:{port}")
        self.add_argument("--socket", type=int, help=argparse.SUPPRESS)
        self.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)

    def option(self, name: str, help_: str, default: str | None = None) -> None:
        """Add an option. Its default is the value in the environment, else `default`."""
        self.described.append((name, help_, default))
        from_environment = os.environ.get(self._prefix + name.upper().replace("-", "_"))
        self.add_argument(f"--{name}", default=from_environment or default, help=help_)

    def need(self, options: argparse.Namespace, *names: str) -> None:
        """End with a message unless every option in `names` has a value."""
        missing = [f"--{name}" for name in names if getattr(options, name.replace("-", "_")) is None]
        if missing:
            self.error(f"缺少参数 (missing): {', '.join(missing)}")


async def body_of(request: Request, *, most: int) -> bytes | None:
    """The request's body; None as soon as it has more than `most` bytes."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return body


def start(main: Callable[[], None]) -> None:
    """Run `main`. If a key, folder or file cannot be used, end with one line and no traceback."""
    try:
        main()
    except (OSError, ValueError) as error:
        raise SystemExit(f"未能启动 (couldn't start): {error}") from None


def serve(app: ASGIApp, options: argparse.Namespace) -> None:
    """Serve `app` until a signal, or with `--with-parent` until the parent ends."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if options.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    host, _, port = options.listen.rpartition(":")
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=int(port), **_SERVER))
    server.run([socket.socket(fileno=options.socket)] if options.socket is not None else None)


def _end_with_parent() -> None:
    """Exit when stdin closes, also after kill -9 of the parent. The files of these programs survive any exit."""
    # Not sys.stdin: Python locks it while a thread reads it, and a process that ends meanwhile would abort.
    while os.read(_STDIN, 4096):
        continue
    os._exit(0)
