import FoundationEssentials
import HTTPClient
import SystemPackage
import TestSupport
import Testing

@testable import KubernetesClient
@testable import Scaler

@Suite("A Kubernetes client with faults", .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct FaultTests {
    @Test("retries 429 after Retry-After and 500 after a pause, but not 403")
    func transientErrors_areRetried() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        try await server.inject(
            .init(
                match: "POST .*\(namespace)/jobs", status: 429, reason: "TooManyRequests", headers: ["Retry-After": "1"]
            ))
        try await server.inject(
            .init(match: "POST .*\(namespace)/jobs", times: 2, status: 500, reason: "InternalError"))
        #expect(try await client.create(Manifest(yaml: Sample.job("a")), in: namespace).isNew)
        let times = try await server.requests(in: namespace).filter { $0.path.hasSuffix("/jobs") }.map(\.time)
        #expect(times.count == 4)
        #expect(times[1] - times[0] >= 1)

        try await server.inject(.init(match: "POST .*\(namespace)/jobs", status: 403, reason: "Forbidden"))
        let error = await #expect(throws: KubernetesError.self) {
            try await client.create(Manifest(yaml: Sample.job("b")), in: namespace)
        }
        #expect(error?.code == .forbidden)
        #expect(error?.message.contains("RoleBinding") == true)
        try await server.inject(.init(match: "GET .*\(namespace)/pods", times: 99, status: 503))
        let failure = await #expect(throws: KubernetesError.self) {
            try await client.list(PodObject.self, in: namespace)
        }
        #expect(failure?.code == .unavailable)
        #expect(failure?.isTransient == true)
    }

    @Test("creates an object once although the response was lost")
    func lostResponse_createsOnce() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        try await server.inject(.init(match: "POST .*\(namespace)/jobs", after: true))
        #expect(try await !client.create(Manifest(yaml: Sample.job("a")), in: namespace).isNew)
        #expect(try await client.list(JobObject.self, in: namespace).items.count == 1)
    }

    @Test("creates objects from YAML with strict validation and its field manager, and returns the warnings")
    func creation_isStrict() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        let yaml = Sample.job("a").replacing(", securityContext: {allowPrivilegeEscalation: false}", with: "")
        let creation = try await client.create(Manifest(yaml: yaml), in: namespace, dryRun: true)
        #expect(creation.warnings.count == 1)
        #expect(creation.warnings.first?.hasPrefix("would violate PodSecurity \"restricted:latest\": ") == true)
        let requests = try #require(try await server.requests(in: namespace).last)
        #expect(requests.headers["Content-Type"] == "application/yaml")
        #expect(requests.query == ["fieldManager": "atmos-explorer", "fieldValidation": "Strict", "dryRun": "All"])
        #expect(requests.path == "/apis/batch/v1/namespaces/\(namespace)/jobs")
    }

    @Test("resumes an interrupted watch without listing again")
    func interruptedWatch_resumes() async throws {
        try await FakeAPIServer.run { server in
            let (client, namespace) = try await server.makeTestNamespace()
            var seen: [String] = []
            try await client.follow(ConfigMapObject.self, in: namespace) { event in
                switch event {
                case .listed:
                    _ = try await client.create(Manifest(yaml: Sample.configMap("a", label: "x")), in: namespace)
                case .changed(let map):
                    seen.append(map.metadata.name ?? "")
                    if seen.count == 1 {
                        try await server.control("drop", true)
                        _ = try await client.create(Manifest(yaml: Sample.configMap("b", label: "x")), in: namespace)
                    }
                case .deleted: Issue.record("unexpected deletion")
                }
                return seen.count < 2
            }
            #expect(seen == ["a", "b"])
            let requests = try await server.requests(in: "\(namespace)/configmaps").filter { $0.method == "GET" }
            #expect(requests.count { $0.query["watch"] == nil } == 1)
            #expect(requests.count { $0.query["watch"] == "true" } == 2)
        }
    }

    @Test("restarts a watch and a list if the server no longer has their version")
    func expiredVersion_restartsListAndWatch() async throws {
        try await FakeAPIServer.run { server in
            let (client, namespace) = try await server.makeTestNamespace()
            for name in ["a", "b", "c"] {
                _ = try await client.create(Manifest(yaml: Sample.configMap(name, label: "x")), in: namespace)
            }
            try await server.inject(.init(match: "GET .*continue=", status: 410, reason: "Expired"))
            #expect(try await client.list(ConfigMapObject.self, in: namespace, pageSize: 2).items.count == 3)

            var lists = 0
            try await client.follow(ConfigMapObject.self, in: namespace) { event in
                guard case .listed(let maps) = event else { return true }
                lists += 1
                #expect(maps.count == 2 + lists)
                if lists == 1 {
                    // The server no longer has the version with which the next watch starts.
                    _ = try await client.create(Manifest(yaml: Sample.configMap("d", label: "x")), in: namespace)
                    try await server.control("compact", true)
                }
                return lists < 2
            }
            #expect(lists == 2)
        }
    }

    @Test("distinguishes an unreachable server from one that is not an API server")
    func wrongServer_isReported() async throws {
        let unreachable = KubernetesClient(
            try KubernetesConfiguration(server: "http://127.0.0.1:1", proxy: .none, origin: "the test"),
            retries: FakeAPIServer.fastRetries, logger: .silent)
        let failure = await #expect(throws: KubernetesError.self) { try await unreachable.version() }
        #expect(failure?.code == .unreachable)
        #expect(failure?.message.contains("127.0.0.1:1") == true)
        try await PythonServer.run("web") { web in
            let client = KubernetesClient(
                try KubernetesConfiguration(
                    server: "http://127.0.0.1:\(try web.port)/echo/", proxy: .none, origin: "the test"),
                retries: FakeAPIServer.fastRetries, logger: .silent)
            let error = await #expect(throws: KubernetesError.self) { try await client.version() }
            #expect(error?.code == .unexpectedAnswer)
        }
    }

    @Test("ends a request and a watch at once when the task is cancelled")
    func cancellation_endsWatch() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        let (listed, report) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await client.follow(PodObject.self, in: namespace) { _ in
                report.yield()
                return true
            }
        }
        var iterator = listed.makeAsyncIterator()
        await iterator.next()
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
    }
}
