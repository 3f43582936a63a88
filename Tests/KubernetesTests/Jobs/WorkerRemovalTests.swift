import TestSupport
import Testing

@testable import KubernetesClient
@testable import Scaler

@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct WorkerRemovalTests {
    private func job(_ name: String, exploration: String = "earth", pod: String = "") -> String {
        Sample.job(
            name, labels: "app.kubernetes.io/name: atmos-worker, atmos-explorer.io/exploration: \(exploration)",
            spec: "parallelism: 3", pod: "restartPolicy: Never\n      \(pod)")
    }

    @Test("an exploration's Jobs go with their pods, the pods first, and nobody else's; it ends when no pod is left")
    func removal() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        try await server.control("pods", [namespace: "running"])
        for yaml in [job("a"), job("b"), job("c", exploration: "mars")] {
            _ = try await client.create(Manifest(yaml: yaml), in: namespace)
        }
        let group = WorkerGroup(exploration: "earth", queue: nil, namespace: namespace)
        var told: [WorkerRemoval.Wait] = []
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: nil) { told.append($0) }
        #expect(told.last == .pods(0))
        #expect(try await client.list(JobObject.self, in: namespace).items.map(\.metadata.name) == ["c"])
        #expect(try await client.list(PodObject.self, in: namespace).items.count == 3)
        let deletion = try #require(try await server.requests(in: namespace).first { $0.method == "DELETE" })
        #expect(deletion.body.contains(#""propagationPolicy":"Foreground""#))
    }

    @Test("pods that take their time are given what --grace says")
    func grace() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        try await server.control("pods", [namespace: "running"])
        _ = try await client.create(
            Manifest(yaml: job("a", pod: "terminationGracePeriodSeconds: 3600")), in: namespace)
        let group = WorkerGroup(exploration: "earth", queue: nil, namespace: namespace)
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: 5) { _ in }
        #expect(try await client.list(PodObject.self, in: namespace).items.isEmpty)
    }

    @Test("a Job that a scaler makes while the others go is deleted too")
    func latecomer() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        try await server.control("pods", [namespace: "running"])
        _ = try await client.create(Manifest(yaml: job("a")), in: namespace)
        let group = WorkerGroup(exploration: "earth", queue: nil, namespace: namespace)
        // The answer to the first deletion comes when the other Job has been made.
        try await server.inject(
            .init(match: "DELETE .*\(namespace)/jobs", status: 503, headers: ["Retry-After": "0"], after: true))
        let late = try Manifest(yaml: job("b"))
        let maker = Task { try await client.create(late, in: namespace) }
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: nil) { _ in }
        _ = try await maker.value
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: nil) { _ in }
        #expect(try await client.list(JobObject.self, in: namespace).items.isEmpty)
    }

    @Test("where there is nothing, there is nothing to wait for")
    func nothing() async throws {
        let (client, namespace) = try await FakeAPIServer.shared().makeTestNamespace()
        let group = WorkerGroup(exploration: "earth", queue: nil, namespace: namespace)
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: 1) { #expect($0 == .pods(0)) }
    }
}
