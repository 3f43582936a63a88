import FoundationEssentials
import Logging
import TestSupport
import Testing

@testable import KubernetesClient
@testable import Scaler

/// The conformance checks against the fake API server and, if one is configured, a real one.
@Suite("API server conformance")
struct ConformanceTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let isClusterConfigured =
        environment["ATMOS_TEST_CLUSTER"] == "1" && environment["KUBECONFIG"] != nil

    @Test(
        "the fake API server",
        .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"), arguments: Conformance.all)
    func fakeServer_conforms(_ check: Conformance) async throws {
        let (client, namespace) = try await FakeAPIServer.shared().makeTestNamespace()
        try await check.body(client, namespace)
    }

    @Test(
        "a real API server",
        .enabled(
            if: isClusterConfigured, "no cluster configured; set KUBECONFIG and ATMOS_TEST_CLUSTER=1"),
        arguments: Conformance.all)
    func realServer_conforms(_ check: Conformance) async throws {
        let client = KubernetesClient(try KubernetesConfiguration.load(), logger: .silent)
        let namespace = try await FakeAPIServer.makeNamespace(client)
        let namespaces = ResourceType(apiVersion: "v1", kind: "Namespace", plural: "namespaces", isNamespaced: false)
        do {
            try await check.body(client, namespace)
        } catch {
            try await client.delete(namespaces, namespace, in: "", DeleteOptions(.background))
            throw error
        }
        try await client.delete(namespaces, namespace, in: "", DeleteOptions(.background))
    }
}

/// A check that every API server passes: the fake one and a real one.
struct Conformance: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let body: @Sendable (KubernetesClient, _ namespace: String) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (KubernetesClient, String) async throws -> Void) {
        testDescription = description
        self.body = body
    }

    static let all = [
        version, creation, refusals, dryRun, discovery, lists, watches, patches, deletion, census, leadership, events,
    ]

    static let version = Conformance("the server returns its version") { client, _ in
        let version = try await client.version()
        #expect(version.gitVersion.hasPrefix("v1."))
    }

    static let creation = Conformance("a repeated request creates an object once") { client, namespace in
        let manifest = try Manifest(yaml: Sample.job("once"))
        #expect(try await client.create(manifest, in: namespace).isNew)
        #expect(try await !client.create(manifest, in: namespace).isNew)
        let job = try await client.get(JobObject.self, "once", in: namespace)
        #expect(job.metadata.labels?["app"] == "w")
        #expect(job.spec?.suspend == true)
        #expect(job.metadata.uid != nil)
    }

    static let refusals = Conformance("a refusal is explained with the place of the error") {
        client, namespace in
        let unknown = await refusal(client, Sample.job("a", spec: "paralelism: 1"), in: namespace)
        #expect(unknown?.code == .badRequest)
        #expect(unknown?.message.contains("did not create Job 'a' in namespace '\(namespace)'") == true)
        #expect(unknown?.message.contains("unknown field \"spec.paralelism\"") == true)
        let invalid = await refusal(client, Sample.job("b", pod: "restartPolicy: Always"), in: namespace)
        #expect(invalid?.code == .invalid)
        #expect(invalid?.causes.map(\.field).contains("spec.template.spec.restartPolicy") == true)
        let nowhere = await refusal(client, Sample.job("c"), in: "no-such-namespace")
        #expect(nowhere?.code == .notFound)
        #expect(nowhere?.message.contains("no-such-namespace") == true)
        let absent = await #expect(throws: KubernetesError.self) {
            try await client.get(JobObject.self, "none", in: namespace)
        }
        #expect(absent?.code == .notFound)
        #expect(absent?.isTransient == false)
    }

    private static func refusal(
        _ client: KubernetesClient, _ yaml: String, in namespace: String
    ) async -> KubernetesError? {
        await #expect(throws: KubernetesError.self) {
            try await client.create(Manifest(yaml: yaml), in: namespace)
        }
    }

    static let dryRun = Conformance("a dry run checks and stores nothing") { client, namespace in
        let manifest = try Manifest(yaml: Sample.job("dry"))
        #expect(try await client.create(manifest, in: namespace, dryRun: true).isNew)
        #expect(try await client.list(JobObject.self, in: namespace).items.isEmpty)
    }

    static let discovery = Conformance("unknown kinds are discovered") { client, namespace in
        let budget = """
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: redis}
            spec: {minAvailable: 1, selector: {matchLabels: {app: redis}}}
            """
        let creation = try await client.create(Manifest(yaml: budget), in: namespace)
        #expect(creation.isNew)
        let error = await #expect(throws: KubernetesError.self) {
            try await client.create(
                Manifest(yaml: "apiVersion: batch/v1\nkind: Jab\nmetadata: {name: x}"), in: namespace)
        }
        #expect(error?.message.contains("no kind 'Jab' in 'batch/v1'") == true)
    }

    static let lists = Conformance("a list in pages is complete and has only objects with the labels") {
        client, namespace in
        for number in 0..<7 {
            _ = try await client.create(
                Manifest(yaml: Sample.configMap("map-\(number)", label: number == 3 ? "other" : "these")),
                in: namespace)
        }
        let list = try await client.list(
            ConfigMapObject.self, in: namespace, labels: LabelSelector([("set", "these")]), pageSize: 2)
        #expect(list.items.map(\.metadata.name) == [0, 1, 2, 4, 5, 6].map { "map-\($0)" })
        #expect(!list.resourceVersion.isEmpty)
    }

    static let watches = Conformance("a watch reports existing objects, then added, changed and deleted ones") {
        client, namespace in
        let these = LabelSelector([("set", "these")])
        _ = try await client.create(Manifest(yaml: Sample.configMap("a", label: "these")), in: namespace)
        var events: [String] = []
        try await client.follow(ConfigMapObject.self, in: namespace, labels: these) { event in
            switch event {
            case .listed(let maps):
                events.append("listed \(maps.compactMap(\.metadata.name))")
                _ = try await client.create(Manifest(yaml: Sample.configMap("x", label: "other")), in: namespace)
                _ = try await client.create(Manifest(yaml: Sample.configMap("b", label: "these")), in: namespace)
            case .changed(let map) where map.data?["value"] == "1":
                events.append("added \(map.metadata.name ?? "")")
                try await client.patch(.configMaps, "b", in: namespace, with: ["data": ["value": "2"]])
            case .changed(let map):
                events.append("changed \(map.metadata.name ?? "")")
                try await client.delete(.configMaps, "b", in: namespace, DeleteOptions(.background))
            case .deleted(let map):
                events.append("deleted \(map.metadata.name ?? "")")
                return false
            }
            return true
        }
        #expect(events == ["listed [\"a\"]", "added b", "changed b", "deleted b"])
    }

    static let patches = Conformance("a patch changes the named fields, and null removes a field") {
        client, namespace in
        _ = try await client.create(Manifest(yaml: Sample.job("p")), in: namespace)
        try await client.patch(
            .jobs, "p", in: namespace, with: ["metadata": ["annotations": ["a": "1", "b": "2"] as [String: String?]]])
        try await client.patch(
            .jobs, "p", in: namespace, with: ["metadata": ["annotations": ["a": nil, "c": "3"] as [String: String?]]])
        let annotations = try await client.get(JobObject.self, "p", in: namespace).metadata.annotations
        #expect(annotations == ["b": "2", "c": "3"])
    }

    static let deletion = Conformance("one object is deleted by name and ID, several by label") {
        client, namespace in
        for name in ["a", "b", "c"] {
            _ = try await client.create(
                Manifest(yaml: Sample.job(name, labels: "set: \(name == "c" ? "kept" : "gone")")), in: namespace)
        }
        let other = DeleteOptions(.background, uid: "00000000-0000-0000-0000-000000000000")
        #expect(try await !client.delete(.jobs, "c", in: namespace, other))
        try await client.deleteAll(
            .jobs, in: namespace, labels: LabelSelector([("set", "gone")]), DeleteOptions(.background))
        #expect(try await client.list(JobObject.self, in: namespace).items.map(\.metadata.name) == ["c"])
        #expect(try await client.delete(.jobs, "c", in: namespace, DeleteOptions(.background)))
        #expect(try await !client.delete(.jobs, "c", in: namespace, DeleteOptions(.background)))
    }

    static let census = Conformance("workers are counted by labels and state") { client, namespace in
        // A server without a controller manager has no default service account.
        _ = try await client.create(
            Manifest(yaml: "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}"), in: namespace)
        let states = ["Running", "Running", "Pending", "Succeeded", "Failed"]
        for (number, phase) in states.enumerated() {
            for queue in ["main", "other"] {
                let name = "\(queue)-\(number)"
                _ = try await client.create(Manifest(yaml: pod(name, queue: queue)), in: namespace)
                try await client.patch(
                    .pods, name, in: namespace, subresource: "status", with: ["status": ["phase": phase]])
            }
        }
        let group = WorkerGroup(exploration: "earth", queue: "main", namespace: namespace)
        let live = try await client.workerCounts(group)
        #expect(live.running == 2)
        #expect(live.pending == 1)
        #expect(live.activeJobs == 0)
    }

    private static func pod(_ name: String, queue: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(name)
          labels:
            app.kubernetes.io/name: atmos-worker
            atmos-explorer.io/exploration: earth
            atmos-explorer.io/queue: \(queue)
        spec:
          nodeSelector: {atmos-explorer.io/no-such-node: "true"}
          containers: [{name: w, image: example.org/w}]
        """
    }

    static let leadership = Conformance("one of two candidates leads, and the other one after it has stopped") {
        client, namespace in
        let timing = LeaderElection.Timing(
            duration: .seconds(3), deadline: .seconds(2), period: .milliseconds(50))
        let (leading, report) = AsyncStream<String>.makeStream()
        @Sendable func compete(_ name: String) async throws {
            let election = LeaderElection(
                client: client, namespace: namespace, name: "scaler", identity: name, timing: timing,
                logger: .silent)
            try await election.run {
                report.yield(name)
                try await Task.sleep(for: .seconds(3600))
            }
        }
        var leaders = leading.makeAsyncIterator()
        let first = Task { try await compete("a") }
        #expect(await leaders.next() == "a")
        let second = Task { try await compete("b") }
        func lease() async throws -> LeaseObject { try await client.get(LeaseObject.self, "scaler", in: namespace) }
        let acquired = try await lease()
        let renewed = try await eventually("the lease is renewed") {
            try await lease()
        } until: {
            $0.metadata.resourceVersion != acquired.metadata.resourceVersion
        }
        #expect(renewed.spec?.holderIdentity == "a")
        first.cancel()
        #expect(await leaders.next() == "b")
        let taken = try await lease()
        #expect(taken.spec?.holderIdentity == "b")
        #expect(taken.spec?.leaseTransitions == 1)
        second.cancel()
        _ = await (first.result, second.result)
        #expect(try await lease().spec?.holderIdentity ?? "" == "")
    }

    static let events = Conformance("an event of a Deployment is posted once") { client, namespace in
        let yaml = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: atmos-scaler}
            spec:
              replicas: 0
              selector: {matchLabels: {app: s}}
              template:
                metadata: {labels: {app: s}}
                spec: {containers: [{name: s, image: example.org/s}]}
            """
        _ = try await client.create(Manifest(yaml: yaml), in: namespace)
        let recorder = EventRecorder(
            client: client, deployment: try await client.get(DeploymentObject.self, "atmos-scaler", in: namespace),
            namespace: namespace, instance: "pod-1", logger: .silent)
        for _ in 0..<2 { await recorder.post(.normal, "ScaledUp", "made 3 workers", key: "abc") }
        let events = try await client.list(
            EventObject.self, in: namespace, fields: "involvedObject.kind=Deployment,reason=ScaledUp"
        ).items
        #expect(events.count == 1)
        #expect(events.first?.message == "made 3 workers")
        #expect(events.first?.involvedObject.name == "atmos-scaler")
    }
}
