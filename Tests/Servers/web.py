"""A web server for the tests of the HTTP client. The path selects its behaviour.

Argument: an optional folder. With it the server uses TLS with the name kube.test and a certificate of a new authority,
and demands a client certificate. It writes authority.pem, client.pem and client.key to the folder.
"""

import hashlib
import json
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

from common import announce, secure

lock = threading.Lock()
counts = {}
gate = threading.Event()


class Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, body=b"", status=200, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve(self):
        url = urlparse(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        getattr(self, "on_" + url.path.strip("/").split("/")[0].replace("-", "_"), self.on_missing)(query)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def on_missing(self, query):
        self.answer(b"nothing here", 404)

    def on_echo(self, query):
        """Describes the request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        description = {
            "method": self.command, "path": self.path, "size": len(body), "client": self.client_address[1],
            "sha256": hashlib.sha256(body).hexdigest(), "headers": dict(self.headers.items())}
        self.answer(json.dumps(description).encode(), headers=[("X-Twice", "one"), ("X-Twice", "two")])

    def on_status(self, query):
        status = int(query["is"])
        # 204 has no body.
        self.answer(b"" if status == 204 else b"status", status, [("Location", "/echo")])

    def on_bytes(self, query):
        """Sends `count` bytes; each is its offset modulo 256."""
        self.answer((bytes(range(256)) * (int(query["count"]) // 256 + 1))[: int(query["count"])])

    def on_silent(self, query):
        """Never responds; counts the requests and the closed connections."""
        with lock:
            counts["silent"] = counts.get("silent", 0) + 1
        self.connection.recv(1)
        with lock:
            counts["left"] = counts.get("left", 0) + 1

    def on_count(self, query):
        with lock:
            self.answer(str(counts.get(query["of"], 0)).encode())

    def on_short(self, query):
        """Sends less than Content-Length."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def on_reset(self, query):
        """Resets the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def on_garbage(self, query):
        self.wfile.write(b"this is not HTTP\r\n\r\n")
        self.close_connection = True

    def on_watch(self, query):
        """Sends a chunk at once, a second one after a request for /open, and with `endless` more without end."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

        def chunk(text):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
            with lock:
                counts["sent"] = counts.get("sent", 0) + len(text)

        chunk(b"first\n")
        gate.wait(20)
        chunk(b"second\n")
        if query.get("endless"):
            while True:
                chunk(b"x" * 65536)
        self.wfile.write(b"0\r\n\r\n")

    def on_open(self, query):
        gate.set()
        self.answer()

    def on_late(self, query):
        """Sends one byte every tenth of a second."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b"x")
            time.sleep(0.1)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Web)
if len(sys.argv) > 1:
    server.socket = secure(sys.argv[1]).wrap_socket(server.socket, server_side=True)
announce(port=server.server_address[1])
server.serve_forever()
