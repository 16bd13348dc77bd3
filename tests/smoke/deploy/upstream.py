"""A stand-in for the server behind the proxies, for what the server itself cannot show.

    upstream.py GO_FILE LOG_FILE

Prints its port, then answers: a body with {"bytes", "sha256"} of what arrived and the headers that a
proxy sets; `…/sync/stream` with one event at once and a second one only when GO_FILE exists, so that
whoever sees the first event early has not been buffered. Each request appears in LOG_FILE as soon as
its head has arrived.
"""
import hashlib
import http.server
import json
import os
import sys
import time

GO_FILE, LOG_FILE = sys.argv[1:3]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            yield self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self):
        with open(LOG_FILE, "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path}\n")
        digest, size = hashlib.sha256(), 0
        for part in self.body():
            digest.update(part)
            size += len(part)
        names = ("Host", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded")
        seen = {name: self.headers.get_all(name) for name in names}
        reply = json.dumps({"bytes": size, "sha256": digest.hexdigest(), **seen}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_PUT = do_POST = answer

    def do_GET(self):
        if not self.path.endswith("/sync/stream"):
            self.answer()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        # Ended by closing, not in chunks: nginx, when it buffers, holds such an answer until a buffer is full.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"event: first\ndata: {}\n\n")
        give_up = time.monotonic() + 10
        while not os.path.exists(GO_FILE) and time.monotonic() < give_up:
            time.sleep(0.02)
        self.wfile.write(b"event: second\ndata: {}\n\n")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
