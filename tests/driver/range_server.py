# SPDX-License-Identifier: MIT
"""A small HTTP server with byte ranges on 127.0.0.1 that counts what it sends."""
import contextlib
import http.server
import re
import threading
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_HEAD(self):
        self._answer(False)

    def do_GET(self):
        self._answer(True)

    def _answer(self, with_body):
        server = self.server
        path = server.folder / self.path.split("?")[0].lstrip("/")
        if not path.is_file():
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = path.read_bytes()
        first, last, code = 0, len(content) - 1, 200
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked:
            first, code = int(asked[1]), 206
            last = min(last, int(asked[2] or last))
        self.send_response(code)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.end_headers()
        if with_body:
            try:
                self.wfile.write(content[first:last + 1])
                sent = last - first + 1
            except ConnectionError:
                sent = 0
            with server.lock:
                server.sent.append((self.path, first, sent))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.lock, self.sent = Path(folder), threading.Lock(), []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def bytes_sent(self):
        with self.lock:
            return sum(size for _, _, size in self.sent)


@contextlib.contextmanager
def serving(folder):
    server = Server(folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
