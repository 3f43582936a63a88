"""A small API server with the responses of Kubernetes 1.34, and faults on demand.

Arguments: --token sets an accepted bearer token; --tls FOLDER uses TLS with the name kube.test, where a client
certificate replaces a token.

Control commands, each a path /test/COMMAND with a JSON body:
  requests  returns all requests so far
  faults    adds a fault: match, times, status, reason, headers, after
  tokens    replaces the accepted tokens
  forbid    forbids a list of `VERB PLURAL`
  rights    sets the permissions of tokens
  used      returns the `VERB PLURAL` that each token has used
  pods      sets the state of new pods by namespace
  compact   expires all versions except the newest
  drop      breaks all watches
  watchers  returns the number of watches
"""

import argparse
import base64
import json
import re
import socket
import ssl
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlparse

import yaml

import kube_objects as objects
from common import announce, secure
from kube_objects import Failure, Store

parser = argparse.ArgumentParser()
parser.add_argument("--token", action="append", default=[])
parser.add_argument("--tls")
options = parser.parse_args()

store = Store()
lock = threading.Lock()
tokens = set(options.token)
requests = []
faults = []
forbidden = set()
# The permissions of tokens, each a `VERB PLURAL`; a token without an entry has all of them. And the used permissions.
rights = {}
used = {}
pages = {}
watchers = set()


class API(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, body, status=200, headers=()):
        body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def cut(self):
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.close_connection = True

    def serve(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlparse(self.path)
        self.query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        try:
            if url.path.startswith("/test/"):
                return self.answer(self.control(url.path[6:], json.loads(self.body or b"null")))
            with lock:
                requests.append({
                    "method": self.command, "path": url.path, "query": self.query, "headers": dict(self.headers.items()),
                    "body": self.body.decode(), "time": time.monotonic()})
            fault = self.fault()
            if fault and not fault.get("after"):
                return self.fail(fault)
            self.authenticate()
            answer = self.process(url.path)
            if fault:
                return self.fail(fault)
            if answer is not None:
                self.answer(*answer)
        except Failure as failure:
            self.answer(failure.status, failure.code, failure.headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def fault(self):
        with lock:
            for fault in faults:
                if fault["times"] > 0 and re.search(fault["match"], f"{self.command} {self.path}"):
                    fault["times"] -= 1
                    return fault

    def fail(self, fault):
        if "status" not in fault:
            return self.cut()
        status = fault["status"]
        raise Failure(status, fault.get("reason", "Fault"), "a fault", headers=list(fault.get("headers", {}).items()))

    def control(self, what, value):
        with lock:
            if what == "requests":
                return list(requests)
            if what == "faults":
                faults.append(value)
            elif what == "tokens":
                tokens.clear()
                tokens.update(value)
            elif what == "forbid":
                forbidden.update(value)
            elif what == "rights":
                rights.update(value)
            elif what == "used":
                return {token: sorted(done) for token, done in used.items()}
            elif what == "pods":
                store.pods.update(value)
            elif what == "compact":
                store.compact()
                pages.clear()
            elif what == "drop":
                for watcher in list(watchers):
                    watcher.cut()
            elif what == "watchers":
                return len(watchers)
            return {}

    def authenticate(self):
        certificate = self.connection.getpeercert() if options.tls else None
        given = self.headers.get("Authorization", "")
        with lock:
            known = not tokens or (given.startswith("Bearer ") and given[7:] in tokens)
        if not known and not certificate:
            raise Failure(401, "Unauthorized", "Unauthorized")

    def allow(self, verb, plural):
        token = self.headers.get("Authorization", "")[7:]
        with lock:
            used.setdefault(token, set()).add(f"{verb} {plural}")
            refused = f"{verb} {plural}" in forbidden or f"{verb} {plural}" not in rights.get(token, [f"{verb} {plural}"])
        if refused:
            raise Failure(403, "Forbidden", f'{plural} is forbidden: User "u" cannot {verb} resource "{plural}"')

    def process(self, path):
        if path == "/version":
            return ({"major": "1", "minor": "34", "gitVersion": "v1.34.9"},)
        match = re.fullmatch(
            r"/(?:api|apis)/(v1|[^/]+/[^/]+)(?:/namespaces/([^/]+)(?=/))?(?:/([^/]+))?(?:/([^/]+))?(?:/(status))?", path)
        if not match:
            raise Failure(404, "NotFound", "the server could not find the requested resource")
        version, namespace, plural, name, part = (unquote(each) if each else None for each in match.groups())
        if plural is None:
            return self.discover(version)
        kind, spaced = objects.RESOURCES.get((version, plural), (None, None))
        if kind is None or (spaced and not namespace):
            raise Failure(404, "NotFound", "the server could not find the requested resource")
        self.version, self.kind, self.plural, self.namespace, self.name = version, kind, plural, namespace, name
        verb = {"GET": "get" if name else "list", "POST": "create", "PUT": "update", "PATCH": "patch"}.get(
            self.command, "delete" if name else "deletecollection")
        if verb == "list" and self.query.get("watch") == "true":
            verb = "watch"
        self.allow(verb, plural)
        if verb == "update" and part:
            raise Failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        return getattr(self, verb)(*([part] if verb == "patch" else []))

    def discover(self, version):
        found = [
            {"name": plural, "kind": kind, "namespaced": spaced}
            for (group, plural), (kind, spaced) in objects.RESOURCES.items() if group == version]
        if not found:
            raise Failure(404, "NotFound", "the server could not find the requested resource")
        return ({"kind": "APIResourceList", "groupVersion": version, "resources": found},)

    def read(self):
        type = self.headers.get("Content-Type", "")
        if type not in ("application/json", "application/yaml"):
            raise Failure(415, "UnsupportedMediaType", f"the body of the request was in an unknown format: {type}")
        if self.query.get("fieldManager") in (None, ""):
            raise Failure(400, "BadRequest", "this server requires a fieldManager")
        try:
            body = yaml.load(self.body.decode(), objects.StrictLoader) if "yaml" in type else json.loads(self.body)
        except ValueError as error:
            raise Failure(400, "BadRequest", f"strict decoding error: {error}") from None
        except yaml.YAMLError as error:
            raise Failure(400, "BadRequest", f"error converting YAML to JSON: {error}") from None
        if body.get("kind") != self.kind or body.get("apiVersion") != self.version:
            raise Failure(400, "BadRequest", f"{body.get('kind')} in {body.get('apiVersion')} is not a {self.kind}")
        unknown = objects.unknown_fields(body)
        if unknown and self.query.get("fieldValidation") == "Strict":
            raise Failure(
                400, "BadRequest",
                f'{self.kind} in version "v1" cannot be handled as a {self.kind}: strict decoding error: {unknown[0]}')
        return body

    def get(self):
        return (store.find(self.plural, self.namespace, self.name),)

    def create(self):
        body = self.read()
        if self.namespace and ("namespaces", None, self.namespace) not in store.objects:
            raise Failure(404, "NotFound", f'namespaces "{self.namespace}" not found')
        if body["metadata"].get("namespace", self.namespace) != self.namespace:
            raise Failure(400, "BadRequest", "the namespace of the object does not match the request")
        objects.check(body, self.plural)
        headers = [("Warning", f'299 - "{text}"') for text in objects.warnings(body)]
        if self.query.get("dryRun") == "All":
            if (self.plural, self.namespace, body["metadata"]["name"]) in store.objects:
                raise Failure(409, "AlreadyExists", "it already exists")
            return body, 201, headers
        return store.create(self.plural, self.namespace, body), 201, headers

    def update(self):
        body = self.read()
        objects.check(body, self.plural)
        with store.changed:
            old = store.find(self.plural, self.namespace, self.name)
            wanted = body["metadata"].get("resourceVersion")
            if wanted and wanted != old["metadata"]["resourceVersion"]:
                raise Failure(
                    409, "Conflict", f'Operation cannot be fulfilled on {self.plural} "{self.name}": the object has been '
                    "modified; please apply your changes to the latest version and try again")
            body["metadata"] = {**old["metadata"], **body["metadata"]}
            return (store.put(self.plural, self.namespace, body),)

    def patch(self, part):
        if self.headers.get("Content-Type") != "application/merge-patch+json":
            raise Failure(415, "UnsupportedMediaType", "this server takes merge patches only")
        change = json.loads(self.body)
        if part:
            change = {"status": change["status"]}
        elif "status" in change:
            del change["status"]
        with store.changed:
            old = store.find(self.plural, self.namespace, self.name)
            return (store.put(self.plural, self.namespace, objects.merged(old, change)),)

    def deletion(self):
        given = json.loads(self.body or b"{}")
        if given and (given.get("kind") != "DeleteOptions" or given.get("apiVersion") != "v1"):
            raise Failure(400, "BadRequest", "expected DeleteOptions")
        return given

    def delete(self):
        given = self.deletion()
        with store.changed:
            found = store.find(self.plural, self.namespace, self.name)
            uid = (given.get("preconditions") or {}).get("uid")
            if uid and uid != found["metadata"]["uid"]:
                raise Failure(409, "Conflict", f"the UID in the precondition ({uid}) does not match")
            store.remove(
                self.plural, self.namespace, self.name, given.get("propagationPolicy"), given.get("gracePeriodSeconds"))
        return ({"kind": "Status", "apiVersion": "v1", "status": "Success"},)

    def deletecollection(self):
        given = self.deletion()
        with store.changed:
            for body in store.all(self.plural, self.namespace):
                if objects.selects(self.query, body):
                    store.remove(
                        self.plural, self.namespace, body["metadata"]["name"], given.get("propagationPolicy"),
                        given.get("gracePeriodSeconds"))
        return ({"kind": "Status", "apiVersion": "v1", "status": "Success"},)

    def list(self):
        token = self.query.get("continue")
        with store.changed:
            if token:
                with lock:
                    if token not in pages:
                        raise Failure(410, "Expired", "The provided continue parameter is too old")
                    version, left = pages.pop(token)
            else:
                version = store.version
                left = [each for each in store.all(self.plural, self.namespace) if objects.selects(self.query, each)]
        limit = int(self.query.get("limit") or 0) or len(left) or 1
        page, left = left[:limit], left[limit:]
        metadata = {"resourceVersion": str(version)}
        if left:
            metadata["continue"] = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode() + "+/="
            metadata["remainingItemCount"] = len(left)
            with lock:
                pages[metadata["continue"]] = (version, left)
        items = [{name: value for name, value in each.items() if name not in ("kind", "apiVersion")} for each in page]
        return ({"kind": f"{self.kind}List", "apiVersion": self.version, "metadata": metadata, "items": items},)

    def watch(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

        def send(event):
            line = json.dumps(event).encode() + b"\n"
            # In two chunks, so that clients have to assemble lines.
            for part in (line[: len(line) // 2], line[len(line) // 2:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

        with lock:
            watchers.add(self)
        try:
            self.follow(send)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True
        finally:
            with lock:
                watchers.discard(self)

    def follow(self, send):
        reached = int(self.query["resourceVersion"])
        end = time.monotonic() + min(int(self.query.get("timeoutSeconds") or 60), 60)
        while time.monotonic() < end and not self.close_connection:
            with store.changed:
                if reached < store.oldest:
                    failure = Failure(410, "Expired", f"too old resource version: {reached} ({store.oldest})")
                    return send({"type": "ERROR", "object": failure.status})
                events = [entry for entry in store.log if entry[0] > reached]
                if not events:
                    store.changed.wait(0.05)
                    continue
            for version, plural, namespace, event in events:
                reached = version
                is_ours = plural == self.plural and namespace == self.namespace
                if is_ours and objects.selects(self.query, event["object"]):
                    send(event)
            bookmark = {"kind": self.kind, "apiVersion": self.version, "metadata": {"resourceVersion": str(reached)}}
            if self.query.get("allowWatchBookmarks") == "true":
                send({"type": "BOOKMARK", "object": bookmark})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), API)
if options.tls:
    context = secure(options.tls, ssl.CERT_OPTIONAL)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
store.create("namespaces", None, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "default"}})
announce(port=server.server_address[1])
server.serve_forever()
