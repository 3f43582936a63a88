"""Validates manifests against the schemas of Kubernetes, strictly: fields that a schema does not know are refused.

Reads YAML documents from standard input, and prints a line for each error; duplicates are validated once. The arguments
are the versions; `newest` is the newest one that kubernetes-validate contains. Custom kinds, which have no schema there,
must be listed in FOREIGN; of a ScaledJob, the Job that it creates is validated.
"""

import sys

import kubernetes_validate
import yaml

FOREIGN = {"ScaledJob", "TriggerAuthentication", "Certificate", "Issuer"}


def jobs_within(document):
    """The Kubernetes objects in a document of a custom kind."""
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
