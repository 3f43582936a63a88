"""Validates manifests against the schemas of Kubernetes, strictly: fields that a schema does not know are refused.

Reads YAML documents on standard input, and prints a line for each fault; what is there several times is looked at once. The versions are the arguments; `newest` stands
for the newest one that kubernetes-validate carries. Kinds of others, which have no schema there, have to be named in
FOREIGN; of a ScaledJob, the Job that it makes is validated.
"""

import sys

import kubernetes_validate
import yaml

FOREIGN = {"ScaledJob", "TriggerAuthentication", "Certificate", "Issuer"}


def jobs_within(document):
    """The objects of Kubernetes' own that a document of another maker contains."""
    if document["kind"] == "ScaledJob":
        yield {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": document["metadata"],
            "spec": document["spec"]["jobTargetRef"],
        }


def main():
    documents = []
    for document in yaml.load_all(sys.stdin, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if document and document not in documents:
            documents.append(document)
    own = [document for document in documents if document["kind"] not in FOREIGN]
    for document in documents:
        if document["kind"] in FOREIGN:
            own.extend(jobs_within(document))
    for version in sys.argv[1:]:
        if version == "newest":
            version = kubernetes_validate.latest_version()
        for document in own:
            name = f"{document['kind']}/{document['metadata']['name']}"
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                place = ".".join(str(part) for part in error.path)
                print(f"{version}: {name}: {place}: {error.message}")
            except kubernetes_validate.SchemaNotFoundError as error:
                print(f"{version}: {name}: {error.message}")
        print(f"{version}: {len(own)} objects", file=sys.stderr)


main()
