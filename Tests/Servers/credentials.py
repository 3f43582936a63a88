"""The endpoints with AWS credentials for containers and instances, and a token service.

Argument: a JSON list of credentials; each request returns the next ones.
"""

import datetime
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from common import announce

given = json.loads(sys.argv[1])
lock = threading.Lock()
count = 0

ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>{AccessKeyId}</AccessKeyId><SecretAccessKey>{SecretAccessKey}</SecretAccessKey>
      <SessionToken>{Token}</SessionToken><Expiration>{Expiration}</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""

REFUSAL = """<ErrorResponse><Error><Code>InvalidIdentityToken</Code>
  <Message>The token is unknown</Message></Error></ErrorResponse>"""


def next_credentials():
    global count
    with lock:
        key = given[min(count, len(given) - 1)]
        count += 1
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=key.get("seconds", 3600))
    return {
        "Code": "Success", "AccessKeyId": key["id"], "SecretAccessKey": key["secret"], "Token": key.get("token", ""),
        "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ")}


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, text, status=200):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/count":
            return self.answer(str(count))
        if self.path == "/container":
            if self.headers.get("Authorization") != "the container's token":
                return self.answer("unauthorized", 401)
            return self.answer(json.dumps(next_credentials()))
        if self.headers.get("X-aws-ec2-metadata-token") != "the machine's session":
            return self.answer("", 401)
        if self.path == "/latest/meta-data/iam/security-credentials/":
            return self.answer("worker\n")
        if self.path == "/latest/meta-data/iam/security-credentials/worker":
            return self.answer(json.dumps(next_credentials()))
        self.answer("", 404)

    def do_PUT(self):
        if self.path == "/latest/api/token" and self.headers.get("X-aws-ec2-metadata-token-ttl-seconds"):
            return self.answer("the machine's session")
        self.answer("", 404)

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if form["Action"] != ["AssumeRoleWithWebIdentity"] or form["WebIdentityToken"] != ["a signed token"]:
            return self.answer(REFUSAL, 400)
        self.answer(ANSWER.format(**next_credentials()))


server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
announce(port=server.server_address[1])
server.serve_forever()
