"""What the small API server of kubernetes.py knows of objects: kinds, checks, selectors."""

import re

import yaml

# apiVersion and plural: kind, whether in namespaces.
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
    """An answer of failure."""

    def __init__(self, code, reason, message, causes=(), headers=()):
        super().__init__(message)
        self.code, self.headers = code, headers
        self.status = {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reason, "code": code}
        if causes:
            self.status["details"] = {"causes": list(causes)}


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that is there twice, and leaves times as texts."""


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
    """The fields that a strict server knows nothing of."""
    spec = body.get("spec") or {}
    allowed = {"Job": JOB_FIELDS, "Lease": LEASE_FIELDS}.get(body.get("kind"))
    return [f'unknown field "spec.{name}"' for name in spec if allowed is not None and name not in allowed]


def check(body, plural):
    """What is wrong with an object, as 422."""
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
        said = ", ".join(f"{each['field']}: {each['message']}" for each in causes)
        raise Failure(422, "Invalid", f'{body["kind"]} "{name}" is invalid: {said}', causes)


def warnings(body):
    """What the namespace's security standard has against a Job's pods."""
    if body.get("kind") != "Job":
        return []
    containers = body["spec"]["template"]["spec"]["containers"]
    safe = all((each.get("securityContext") or {}).get("allowPrivilegeEscalation") is False for each in containers)
    return [] if safe else [PRIVILEGE]


def merged(old, patch):
    """RFC 7396."""
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
    """Whether an object has the labels and the fields that a query asks for."""
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
