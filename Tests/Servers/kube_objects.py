"""The objects of kubernetes.py: kinds, validation, selectors, versions, and the work of a cluster's controllers."""

import copy
import re
import threading
import time
import uuid

import yaml

# (apiVersion, plural): (kind, whether namespaced).
RESOURCES = {
    ("v1", "namespaces"): ("Namespace", False),
    ("v1", "pods"): ("Pod", True),
    ("v1", "events"): ("Event", True),
    ("v1", "configmaps"): ("ConfigMap", True),
    ("v1", "serviceaccounts"): ("ServiceAccount", True),
    ("batch/v1", "jobs"): ("Job", True),
    ("apps/v1", "deployments"): ("Deployment", True),
    ("coordination.k8s.io/v1", "leases"): ("Lease", True),
    ("policy/v1", "poddisruptionbudgets"): ("PodDisruptionBudget", True),
}

JOB_FIELDS = {
    "parallelism", "completions", "backoffLimit", "podFailurePolicy", "template", "suspend", "ttlSecondsAfterFinished",
    "activeDeadlineSeconds", "completionMode", "podReplacementPolicy", "selector", "manualSelector"}
LEASE_FIELDS = {"holderIdentity", "leaseDurationSeconds", "acquireTime", "renewTime", "leaseTransitions"}
MICRO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")

PRIVILEGE = (
    'would violate PodSecurity \\"restricted:latest\\": allowPrivilegeEscalation != false (container \\"w\\" must set '
    'securityContext.allowPrivilegeEscalation=false)')


class Failure(Exception):
    """An error response."""

    def __init__(self, code, reason, message, causes=(), headers=()):
        super().__init__(message)
        self.code, self.headers = code, headers
        self.status = {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reason, "code": code}
        if causes:
            self.status["details"] = {"causes": list(causes)}


class StrictLoader(yaml.SafeLoader):
    """Refuses duplicate keys, and reads times as text."""


def strict_mapping(loader, node, deep=False):
    keys = [loader.construct_object(key, deep=deep) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f'key "{key}" already set in map')
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value)}


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, strict_mapping)
StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def unknown_fields(body):
    """Returns the fields that strict validation rejects."""
    spec = body.get("spec") or {}
    allowed = {"Job": JOB_FIELDS, "Lease": LEASE_FIELDS}.get(body.get("kind"))
    return [f'unknown field "spec.{name}"' for name in spec if allowed is not None and name not in allowed]


def check(body, plural):
    """Raises 422 for an invalid object."""
    name = body["metadata"]["name"]
    causes = []

    def cause(field, message):
        causes.append({"reason": "FieldValueInvalid", "message": message, "field": field})

    if not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", name):
        cause("metadata.name", f'Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist of …')
    for label, value in (body["metadata"].get("labels") or {}).items():
        if not isinstance(value, str) or not re.fullmatch(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", value):
            cause("metadata.labels", f'Invalid value: "{value}" of {label}: a valid label must be …')
    if plural == "jobs":
        pod = body.get("spec", {}).get("template", {}).get("spec", {})
        if pod.get("restartPolicy") not in ("Never", "OnFailure"):
            cause("spec.template.spec.restartPolicy", 'Required value: valid values: "OnFailure", "Never"')
        if not pod.get("containers"):
            cause("spec.template.spec.containers", "Required value")
    if plural == "leases":
        for field in ("acquireTime", "renewTime"):
            if not MICRO_TIME.fullmatch(body["spec"].get(field) or "2000-01-01T00:00:00.000000Z"):
                raise Failure(400, "BadRequest", f"Lease cannot be handled: parsing time {body['spec'][field]}")
        if (body["spec"].get("leaseDurationSeconds") or 1) < 1:
            cause("spec.leaseDurationSeconds", "Invalid value: must be greater than 0")
    if causes:
        message = ", ".join(f"{each['field']}: {each['message']}" for each in causes)
        raise Failure(422, "Invalid", f'{body["kind"]} "{name}" is invalid: {message}', causes)


def warnings(body):
    """Returns the warnings of the namespace's security standard about a Job's pods."""
    if body.get("kind") != "Job":
        return []
    containers = body["spec"]["template"]["spec"]["containers"]
    safe = all((each.get("securityContext") or {}).get("allowPrivilegeEscalation") is False for each in containers)
    return [] if safe else [PRIVILEGE]


def merged(old, patch):
    """Returns an object after a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    new = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            new.pop(name, None)
        else:
            new[name] = merged(new.get(name), value)
    return new


def selects(query, body):
    """Whether an object matches the selectors in a query."""
    labels = body["metadata"].get("labels") or {}
    for term in filter(None, query.get("labelSelector", "").split(",")):
        name, _, value = term.partition("=")
        if labels.get(name) != value:
            return False
    for term in filter(None, query.get("fieldSelector", "").split(",")):
        name, _, value = term.partition("=")
        found = body
        for part in name.split("."):
            found = (found or {}).get(part)
        if found != value:
            return False
    return True


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Store:
    def __init__(self):
        self.changed = threading.Condition(threading.RLock())
        self.version = 100
        # Earlier versions are expired.
        self.oldest = 0
        self.objects = {}
        self.log = []
        # The state of new pods of Jobs by namespace: "running", "pending", "none", or a message for FailedCreate.
        self.pods = {}

    def find(self, plural, namespace, name):
        with self.changed:
            found = self.objects.get((plural, namespace, name))
            if found is None:
                raise Failure(404, "NotFound", f'{plural} "{name}" not found')
            return copy.deepcopy(found)

    def all(self, plural, namespace):
        with self.changed:
            return [
                copy.deepcopy(value) for (kind, place, _), value in sorted(self.objects.items())
                if kind == plural and place == namespace]

    def put(self, plural, namespace, body, type="MODIFIED"):
        with self.changed:
            self.version += 1
            body = copy.deepcopy(body)
            body["metadata"]["resourceVersion"] = str(self.version)
            self.objects[(plural, namespace, body["metadata"]["name"])] = body
            self.record(plural, namespace, type, body)
            return copy.deepcopy(body)

    def record(self, plural, namespace, type, body):
        self.log.append((self.version, plural, namespace, {"type": type, "object": copy.deepcopy(body)}))
        self.changed.notify_all()

    def create(self, plural, namespace, body):
        with self.changed:
            name = body["metadata"]["name"]
            if (plural, namespace, name) in self.objects:
                raise Failure(409, "AlreadyExists", f'{plural} "{name}" already exists')
            body["metadata"] = {**body["metadata"], "uid": str(uuid.uuid4()), "creationTimestamp": now()}
            if namespace:
                body["metadata"]["namespace"] = namespace
            made = self.put(plural, namespace, body, "ADDED")
            if plural == "jobs" and not made["spec"].get("suspend"):
                self.start(made)
            return made

    def start(self, job):
        """Acts as the Job controller."""
        metadata = job["metadata"]
        namespace = metadata["namespace"]
        pods = self.pods.get(namespace, "none")
        if pods == "none":
            return
        if pods not in ("running", "pending"):
            self.create("events", namespace, {
                "kind": "Event", "apiVersion": "v1", "metadata": {"name": f"{metadata['name']}.{uuid.uuid4().hex}"},
                "involvedObject": {"kind": "Job", "name": metadata["name"], "uid": metadata["uid"]},
                "reason": "FailedCreate", "type": "Warning", "message": f"Error creating: {pods}"})
            return
        template = job["spec"]["template"]
        for _ in range(job["spec"].get("parallelism", 1)):
            self.create("pods", namespace, {
                "kind": "Pod", "apiVersion": "v1",
                "metadata": {
                    "name": f"{metadata['name']}-{uuid.uuid4().hex[:5]}",
                    "labels": (template.get("metadata") or {}).get("labels") or {},
                    "ownerReferences": [{
                        "apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"], "uid": metadata["uid"]}]},
                "spec": template["spec"], "status": {"phase": pods.capitalize()}})

    def remove(self, plural, namespace, name, propagation="Background", grace=None):
        """Deletes an object like the server, the garbage collector and the kubelets together."""
        with self.changed:
            body = self.objects.get((plural, namespace, name))
            if body is None:
                return
            owned = [
                key for key, value in self.objects.items()
                if any(owner["uid"] == body["metadata"]["uid"] for owner in value["metadata"].get("ownerReferences") or [])]
            if plural == "pods":
                return self.end(namespace, body, grace)
            if propagation != "Orphan":
                for kind, place, dependent in owned:
                    self.remove(kind, place, dependent)
            if propagation == "Foreground" and owned:
                body["metadata"]["deletionTimestamp"] = now()
                self.put(plural, namespace, body)
            else:
                self.drop(plural, namespace, name)

    def end(self, namespace, pod, grace):
        """Deletes a pod after its grace period; a pod with 10 s or more never ends."""
        name = pod["metadata"]["name"]
        pod["metadata"]["deletionTimestamp"] = now()
        self.put("pods", namespace, pod)
        if grace is None:
            grace = pod["spec"].get("terminationGracePeriodSeconds", 1)
        if grace < 10:
            threading.Timer(0.03, self.drop, ("pods", namespace, name)).start()

    def drop(self, plural, namespace, name):
        with self.changed:
            body = self.objects.pop((plural, namespace, name), None)
            if body is None:
                return
            self.version += 1
            body["metadata"]["resourceVersion"] = str(self.version)
            self.record(plural, namespace, "DELETED", body)
            for owner in body["metadata"].get("ownerReferences") or []:
                self.finish(namespace, owner)

    def finish(self, namespace, owner):
        """Deletes an owner that waits for its dependents once none is left."""
        for (kind, place, name), value in list(self.objects.items()):
            if value["metadata"]["uid"] == owner["uid"] and value["metadata"].get("deletionTimestamp"):
                left = any(
                    each["uid"] == owner["uid"]
                    for other in self.objects.values() for each in other["metadata"].get("ownerReferences") or [])
                if not left:
                    self.drop(kind, place, name)

    def compact(self):
        """Expires all versions except the newest."""
        with self.changed:
            self.oldest = self.version
            self.log = []
