import LeaseQueue
import TestSupport
import Testing

@testable import KubernetesClient

/// `atmos-scaler --apply` as the manifests' scaler, who may do nothing but what its Role allows.
@Suite("Making workers once", .enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"))
struct ApplyTests {
    private func scaler(_ stage: RoleFixture, _ cluster: TestCluster, _ arguments: String...) async throws -> ProcessResult {
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        return try await stage.role(
            "atmos-scaler",
            [
                "--job-template", root + "workers.yaml", "--values", root + "values.yaml", "--deployment",
                "atmos-scaler", "--apply",
            ] + arguments, environment: cluster.environment(.scaler))
    }

    @Test("a trial leaves nothing; what lacks is made once, however often it is asked for")
    func once() async throws {
        try await TestCluster.run { cluster in
            let stage = try await RoleFixture(model: "true")
            try await stage.enqueue("1", "2", "3")
            let printed = try await scaler(stage, cluster, "--dry-run=client")
            #expect(printed.status == 0 && printed.output.contains("kind: Job"), "\(printed)")
            let tried = try await scaler(stage, cluster, "--dry-run")
            #expect(tried.status == 0 && tried.errors.contains("would make Job"), "\(tried)")
            #expect(try await cluster.jobs().isEmpty)
            let made = try await scaler(stage, cluster)
            #expect(made.status == 0 && made.errors.contains("made Job"), "\(made)")
            let again = try await scaler(stage, cluster)
            #expect(again.status == 0 && !again.errors.contains("made Job"), "\(again)")
            #expect(try await cluster.jobs().map(\.spec?.parallelism) == [3])
        }
    }

    @Test("the cluster's reason for pods that it does not make is told")
    func refused() async throws {
        try await TestCluster.run(pods: "pods \"w\" is forbidden: exceeded quota: atmos-explorer") { cluster in
            let stage = try await RoleFixture(model: "true")
            try await stage.enqueue("1")
            #expect(try await scaler(stage, cluster).errors.contains("made Job"))
            let next = try await scaler(stage, cluster)
            #expect(next.status == 0 && next.errors.contains("exceeded quota: atmos-explorer"), "\(next)")
            #expect(try await cluster.used(by: .scaler).contains("list events"))
            #expect(try await cluster.jobs().count == 1)
        }
    }
}
