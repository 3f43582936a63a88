"""The objects of the small API server of kubernetes.py, their versions, and what the controllers of a cluster do."""

import copy
import threading
import time
import uuid

from kube_rules import Failure


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Store:
    def __init__(self):
        self.changed = threading.Condition(threading.RLock())
        self.version = 100
        # What came before is forgotten.
        self.oldest = 0
        self.objects = {}
        self.log = []
        # What becomes of a Job's pods, by namespace: "running", "pending", "none", or a sentence for FailedCreate.
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
            self.note(plural, namespace, type, body)
            return copy.deepcopy(body)

    def note(self, plural, namespace, type, body):
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
        """What the Job controller does."""
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
        """Deletes as the server, the garbage collector and the kubelets do together."""
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
        """A pod that asks for much time takes it, unless it is given less."""
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
            self.note(plural, namespace, "DELETED", body)
            for owner in body["metadata"].get("ownerReferences") or []:
                self.finish(namespace, owner)

    def finish(self, namespace, owner):
        """An owner that waits for the last of what it owns."""
        for (kind, place, name), value in list(self.objects.items()):
            if value["metadata"]["uid"] == owner["uid"] and value["metadata"].get("deletionTimestamp"):
                left = any(
                    each["uid"] == owner["uid"]
                    for other in self.objects.values() for each in other["metadata"].get("ownerReferences") or [])
                if not left:
                    self.drop(kind, place, name)

    def compact(self):
        """Forgets all versions but the newest."""
        with self.changed:
            self.oldest = self.version
            self.log = []
