"""Google Cloud Storage (gcp-storage-emulator) with a bucket, and a token service with one service account.

Argument: the file with the account's public key in PEM.
"""

import base64
import io
import json
import logging
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from common import announce
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from gcp_storage_emulator import server as emulator
from gcp_storage_emulator.exceptions import NotFound


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Tokens(BaseHTTPRequestHandler):
    """Exchanges a signed assertion for a token (RFC 7523). Also acts as the metadata server of a Google machine."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.headers.get("Metadata-Flavor") != "Google":
            return self.answer(403, {"error": "Metadata-Flavor is missing"})
        self.answer(200, {"access_token": "of-the-machine", "expires_in": 3600, "token_type": "Bearer"})

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        try:
            head, claims, signature = form["assertion"][0].split(".")
            with open(sys.argv[1], "rb") as file:
                key = serialization.load_pem_public_key(file.read())
            key.verify(decode(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
            claims_set = json.loads(decode(claims))
            assert json.loads(decode(head))["alg"] == "RS256" and form["grant_type"][0].endswith(":jwt-bearer")
            assert claims_set["aud"] == f"http://{self.headers['Host']}/token"
            assert claims_set["iat"] <= time.time() < claims_set["exp"]
            assert claims_set["iss"] == "worker@atmos.test"
        except Exception as error:  # any error in the assertion is a refusal
            return self.answer(400, {"error": "invalid_grant", "error_description": repr(error)})
        self.answer(200, {"access_token": "of-the-account", "expires_in": 3600, "token_type": "Bearer"})


class Conditional(emulator.RequestHandler):
    """Adds ifGenerationMatch=0 (only if no object exists) to the emulator, which processes one request at a time."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.rfile = io.BytesIO(body)
        name = re.search(rb'"name"\s*:\s*"([^"]+)"', body)
        if "ifGenerationMatch=0" in self.path and name:
            try:
                self.storage.get_file_obj("atmos", name.group(1).decode().replace("\\/", "/"))
            except NotFound:
                pass
            else:
                self.send_response(412)
                self.send_header("Content-Length", "0")
                return self.end_headers()
        super().do_POST()


def main():
    emulator.RequestHandler = Conditional
    logging.getLogger().setLevel(logging.CRITICAL)
    server = emulator.create_server("127.0.0.1", 0, in_memory=True, default_bucket="atmos")
    server.start()
    tokens = ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
    announce(port=server._api._httpd.server_address[1], tokens=tokens.server_address[1])
    tokens.serve_forever()


main()
