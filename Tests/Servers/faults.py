"""A proxy in front of an HTTP server that injects faults, which are the same for the same seed.

With --fail, one request in three fails: with 503 or 500, or without a response, before or after it was processed.
"""

import argparse
import collections
import http.client
import random
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from common import announce

parser = argparse.ArgumentParser()
parser.add_argument("--target", type=int, required=True, help="the server's port")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--fail", action="store_true", help="one request in three fails")
parser.add_argument("--cut", help="uploads to paths that match are cut in the middle")
parser.add_argument("--expire", help="this access key is rejected as expired after --uses requests")
parser.add_argument("--uses", type=int, default=0)
parser.add_argument("--token", help="only requests with this bearer token pass")
parser.add_argument("--damage", help="downloads from paths that match have one byte changed")
options = parser.parse_args()

lock = threading.Lock()
generator = random.Random(options.seed)
used = 0
# The consecutive failures of each request.
failures = collections.Counter()

EXPIRED = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self):
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def fault(self):
        """Returns none, status, before or after. No request fails more than five times in a row."""
        request = (self.command, self.path)
        with lock:
            if not options.fail or generator.random() >= 1 / 3 or failures[request] >= 5:
                failures[request] = 0
                return "none"
            failures[request] += 1
            return generator.choice(["status", "status", "before", "after"])

    def is_expired(self):
        global used
        if not options.expire or f"Credential={options.expire}/" not in self.headers.get("Authorization", ""):
            return False
        with lock:
            used += 1
            return used > options.uses

    def relay(self):
        length = int(self.headers.get("Content-Length") or 0)
        if options.cut and self.command in ("PUT", "POST") and length and re.search(options.cut, self.path):
            self.rfile.read(length // 2)
            return self.cut()
        body = self.rfile.read(length)
        if self.is_expired():
            return self.answer(400, EXPIRED, [("Content-Type", "application/xml")])
        if options.token and self.headers.get("Authorization") != f"Bearer {options.token}":
            return self.answer(401, b'{"error": {"message": "Invalid Credentials"}}')
        fault = self.fault()
        if fault == "status":
            return self.answer(random.choice([500, 503]), b"", [("Retry-After", "0")])
        if fault == "before":
            return self.cut()
        connection = http.client.HTTPConnection("127.0.0.1", options.target, timeout=30)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        if fault == "after":
            return self.cut()
        if options.damage and self.command == "GET" and content and re.search(options.damage, self.path):
            content = content[:-1] + bytes([content[-1] ^ 1])
        skipped = ("content-length", "transfer-encoding", "connection")
        headers = [(name, value) for name, value in response.getheaders() if name.lower() not in skipped]
        if self.command == "HEAD":
            self.send_response_only(response.status)
            for name, value in headers + [("Content-Length", response.getheader("Content-Length", "0"))]:
                self.send_header(name, value)
            return self.end_headers()
        self.answer(response.status, content, headers)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = relay


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Proxy)
announce(port=server.server_address[1])
server.serve_forever()
