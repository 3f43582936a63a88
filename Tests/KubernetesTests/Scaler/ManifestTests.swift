import Testing

@testable import KubernetesClient
@testable import Scaler

struct ManifestTests {
    @Test("a manifest has a kind, a name and the labels of its pods")
    func manifest_hasIdentityAndLabels() throws {
        let manifest = try Manifest(yaml: Sample.job("w-1", labels: "app: w, n: \"1\""))
        #expect(manifest.apiVersion == "batch/v1")
        #expect(manifest.kind == "Job")
        #expect(manifest.name == "w-1")
        #expect(manifest.namespace == nil)
        #expect(manifest.labels == ["app": "w", "n": "1"])
        #expect(manifest.podLabels == ["app": "w", "n": "1"])
    }

    @Test("documents are split without empty ones, and every scalar keeps its type")
    func documents_areSplit() throws {
        let text = """
            # only a comment
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: a}
            data: {yes: "yes", number: "012", time: '12:30', empty: "", multi: "a\\nb: 1", tilde: "~"}
            ---
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: {name: b}
            spec: {parallelism: 3, suspend: true}
            """
        let manifests = try Manifest.documents(in: text)
        #expect(manifests.map(\.name) == ["a", "b"])
        #expect(manifests[0].yaml.contains(#""012""#))
        #expect(manifests[0].yaml.contains(#""yes""#))
        #expect(manifests[1].yaml.contains("parallelism: 3"))
        #expect(!manifests[1].yaml.contains("!!"))
        for manifest in manifests { #expect(try Manifest(yaml: manifest.yaml) == manifest) }
    }

    @Test("stamping sets name, labels, annotations and owner as text")
    func stamping_keepsValuesAsText() throws {
        let point = #"{"code": "1,2", "x": "a\#n: b # no comment"}"#
        let manifest = try Manifest(yaml: Sample.job("w")).addingMetadata(
            name: "w-2", labels: ["app": "x", "n": "1"], annotations: [Annotations.point: point],
            owner: .init(apiVersion: "apps/v1", kind: "Deployment", name: "atmos-scaler", uid: "u"))
        #expect(manifest.name == "w-2")
        #expect(manifest.labels == ["app": "x", "n": "1"])
        #expect(manifest.annotations == [Annotations.point: point])
        #expect(manifest.podLabels == ["app": "w"])
        #expect(manifest.yaml.contains("ownerReferences"))
        #expect(try Manifest(yaml: manifest.yaml) == manifest)
    }

    @Test(
        "invalid manifests are refused in one sentence with the place",
        arguments: [
            ("a: [", "invalid YAML"),
            ("apiVersion: v1\nkind: Job\nkind: Pod\nmetadata: {name: a}", "duplicated key"),
            ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: 1, x: 2}}", "duplicated key"),
            ("- a", "is not a mapping"), ("kind: Job", "no apiVersion"), ("apiVersion: v1", "no kind"),
            ("apiVersion: v1\nkind: Job\nmetadata: {generateName: a-}", "no metadata.name"),
            ("apiVersion: v1\nkind: Job\nmetadata: {name: ../pods}", "has the invalid name '../pods'"),
            ("apiVersion: v1\nkind: Job\nmetadata: {name: a, namespace: a/b}", "'a/b'"),
            ("", "expected one YAML document, found 0"),
            ("apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\nkind: B", "document 2 has no apiVersion"),
        ])
    func invalidManifest_isRefused(_ yaml: String, _ reason: String) {
        let error = #expect(throws: ManifestError.self) { try Manifest(yaml: yaml) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("\n") == false)
    }
}
