"""A real HTTP server of one file, with the faults that real ones have."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class FileServer:
    """What the server serves, and how."""

    content: bytes
    etag: str | None = '"first"'
    last_modified: str | None = None
    knows_ranges: bool = True
    honours_if_range: bool = True
    sends_length: bool = True
    status: int | None = None  # answer with this and nothing else
    hang_up_after: int | None = None  # bytes of body
    seconds_a_block: float = 0.0  # a block is 64 KiB
    url: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)  # bytes promised in each answer

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        self.requests.append(dict(request.headers))
        if self.status is not None:
            request.send_error(self.status)
            return
        start = self._start(request)
        if start is not None and start >= len(self.content):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(self.content)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        body = self.content[start or 0 :]
        request.send_response(200 if start is None else 206)
        if start is not None:
            last = len(self.content) - 1
            request.send_header("Content-Range", f"bytes {start}-{last}/{len(self.content)}")
        if self.etag:
            request.send_header("ETag", self.etag)
        if self.last_modified:
            request.send_header("Last-Modified", self.last_modified)
        if self.sends_length:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        self.bodies.append(len(body))
        self._send(request, body)

    def _start(self, request: BaseHTTPRequestHandler) -> int | None:
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        condition = request.headers.get("If-Range")
        if not self.knows_ranges or asked is None:
            return None
        if self.honours_if_range and condition not in {None, self.etag, self.last_modified}:
            return None
        return int(asked[1])

    def _send(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        body = body[: self.hang_up_after]
        request.close_connection = True
        try:
            for begin in range(0, len(body), 65536):
                request.wfile.write(body[begin : begin + 65536])
                time.sleep(self.seconds_a_block)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has stopped, as some tests want


@contextmanager
def serve(content: bytes, **behaviour: object) -> Iterator[FileServer]:
    """Serve `content` at `url` while the block runs."""
    server = FileServer(content, **behaviour)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.handle(self)

        def log_message(self, *_: object) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}/model.pth"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
