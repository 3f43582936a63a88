import FoundationEssentials
import HTTPClient
import SystemPackage
import TestSupport
import Testing

@testable import KubernetesClient
@testable import Scaler

/// What a server in trouble, a broken connection and forgotten versions do.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"))
struct FaultTests {
    @Test("429 is sent again as the server asks, 500 after a while, 403 never")
    func retries() async throws {
        let server = try await SmallServer.shared()
        let (client, namespace) = try await server.place()
        try await server.fault(
            .init(
                match: "POST .*\(namespace)/jobs", status: 429, reason: "TooManyRequests", headers: ["Retry-After": "1"]
            ))
        try await server.fault(.init(match: "POST .*\(namespace)/jobs", times: 2, status: 500, reason: "InternalError"))
        #expect(try await client.create(Manifest(yaml: Sample.job("a")), in: namespace).isNew)
        let times = try await server.asked(in: namespace).filter { $0.path.hasSuffix("/jobs") }.map(\.time)
        #expect(times.count == 4)
        #expect(times[1] - times[0] >= 1)

        try await server.fault(.init(match: "POST .*\(namespace)/jobs", status: 403, reason: "Forbidden"))
        let error = await #expect(throws: KubernetesError.self) {
            try await client.create(Manifest(yaml: Sample.job("b")), in: namespace)
        }
        #expect(error?.code == .forbidden)
        #expect(error?.message.contains("RoleBinding") == true)
        try await server.fault(.init(match: "GET .*\(namespace)/pods", times: 99, status: 503))
        let trouble = await #expect(throws: KubernetesError.self) {
            try await client.list(PodObject.self, in: namespace)
        }
        #expect(trouble?.code == .unavailable)
        #expect(trouble?.isTransient == true)
    }

    @Test("a creation whose answer was lost is made once")
    func lostAnswer() async throws {
        let server = try await SmallServer.shared()
        let (client, namespace) = try await server.place()
        try await server.fault(.init(match: "POST .*\(namespace)/jobs", after: true))
        #expect(try await !client.create(Manifest(yaml: Sample.job("a")), in: namespace).isNew)
        #expect(try await client.list(JobObject.self, in: namespace).items.count == 1)
    }

    @Test("a creation is YAML with strict validation and our field manager, and the server's warnings are passed on")
    func form() async throws {
        let server = try await SmallServer.shared()
        let (client, namespace) = try await server.place()
        let yaml = Sample.job("a").replacing(", securityContext: {allowPrivilegeEscalation: false}", with: "")
        let creation = try await client.create(Manifest(yaml: yaml), in: namespace, dryRun: true)
        #expect(creation.warnings.count == 1)
        #expect(creation.warnings.first?.hasPrefix("would violate PodSecurity \"restricted:latest\": ") == true)
        let asked = try #require(try await server.asked(in: namespace).last)
        #expect(asked.headers["Content-Type"] == "application/yaml")
        #expect(asked.query == ["fieldManager": "atmos-scaler", "fieldValidation": "Strict", "dryRun": "All"])
        #expect(asked.path == "/apis/batch/v1/namespaces/\(namespace)/jobs")
    }

    @Test("a watch that breaks goes on where it was, without listing again")
    func brokenWatch() async throws {
        try await SmallServer.run { server in
            let (client, namespace) = try await server.place()
            var seen: [String] = []
            try await client.follow(ConfigMapObject.self, in: namespace) { event in
                switch event {
                case .listed:
                    _ = try await client.create(Manifest(yaml: Sample.configMap("a", label: "x")), in: namespace)
                case .changed(let map):
                    seen.append(map.metadata.name ?? "")
                    if seen.count == 1 {
                        try await server.tell("drop", true)
                        _ = try await client.create(Manifest(yaml: Sample.configMap("b", label: "x")), in: namespace)
                    }
                case .deleted: Issue.record("nothing was deleted")
                }
                return seen.count < 2
            }
            #expect(seen == ["a", "b"])
            let asked = try await server.asked(in: "\(namespace)/configmaps").filter { $0.method == "GET" }
            #expect(asked.count { $0.query["watch"] == nil } == 1)
            #expect(asked.count { $0.query["watch"] == "true" } == 2)
        }
    }

    @Test("a watch and a list whose version the server forgot begin anew")
    func compaction() async throws {
        try await SmallServer.run { server in
            let (client, namespace) = try await server.place()
            for name in ["a", "b", "c"] {
                _ = try await client.create(Manifest(yaml: Sample.configMap(name, label: "x")), in: namespace)
            }
            try await server.fault(.init(match: "GET .*continue=", status: 410, reason: "Expired"))
            #expect(try await client.list(ConfigMapObject.self, in: namespace, pageSize: 2).items.count == 3)

            var lists = 0
            try await client.follow(ConfigMapObject.self, in: namespace) { event in
                guard case .listed(let maps) = event else { return true }
                lists += 1
                #expect(maps.count == 2 + lists)
                if lists == 1 {
                    // The next watch finds that what it wants to begin with is forgotten.
                    _ = try await client.create(Manifest(yaml: Sample.configMap("d", label: "x")), in: namespace)
                    try await server.tell("compact", true)
                }
                return lists < 2
            }
            #expect(lists == 2)
        }
    }

    @Test("a server that is not there, and one that is no API server, are told apart")
    func nobody() async throws {
        let nowhere = KubernetesClient(
            try KubernetesConfiguration(server: "http://127.0.0.1:1", proxy: .none, origin: "the test"),
            retries: SmallServer.impatient, logger: SmallServer.logger)
        let silent = await #expect(throws: KubernetesError.self) { try await nowhere.version() }
        #expect(silent?.code == .unreachable)
        #expect(silent?.message.contains("127.0.0.1:1") == true)
        try await PythonServer.run("web") { web in
            let client = KubernetesClient(
                try KubernetesConfiguration(
                    server: "http://127.0.0.1:\(try web.port)/echo/", proxy: .none, origin: "the test"),
                retries: SmallServer.impatient, logger: SmallServer.logger)
            let error = await #expect(throws: KubernetesError.self) { try await client.version() }
            #expect(error?.code == .unexpectedAnswer)
        }
    }

    @Test("a cancelled task ends its request and its watch at once")
    func cancellation() async throws {
        let server = try await SmallServer.shared()
        let (client, namespace) = try await server.place()
        let (listed, tell) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await client.follow(PodObject.self, in: namespace) { _ in
                tell.yield()
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
