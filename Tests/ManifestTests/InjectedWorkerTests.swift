import FoundationEssentials
import Logging
import RunLedger
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A point's way through the ring, with the roles as in the manifests and the worker injected into an empty root.
@Suite(
    .enabled(if: Kustomize.isAvailable, "\(Kustomize.absence)"),
    .enabled(if: EmptyRootFS.isPossible, "\(EmptyRootFS.absence)"))
struct InjectedWorkerTests {
    private static let worker = "Job/atmos-worker"
    private static let client = "Deployment/atmos-sql-client"

    @Test(
        "the worker runs a point in a root that contains only the model, with the manifests' users",
        .timeLimit(.minutes(1)))
    func injectedWorker_runsPointInEmptyRoot() async throws {
        try await ClusterFixture.with { cluster in
            let migrated = try await cluster.run("migrate", of: Self.client)
            try #require(migrated.status.isSuccess, "\(migrated)")
            let started = try await cluster.run("starter", of: "Job/atmos-starter")
            try #require(started.status.isSuccess, "\(started)")

            let root = try await self.root(of: cluster)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let end = try await cluster.run("sql-client", of: Self.client, adding: ["--master"])
                    #expect(Task.isCancelled, "the sql-client ended: \(end)")
                }
                let (files, model) = try cluster.container("model", of: Self.worker)
                let ended = try await root.run(
                    files.command(of: model) + ["--max-jobs", "1"],
                    environment: try cluster.environment(of: "model", Self.worker))
                try #require(ended.status.isSuccess, "\(ended)")

                let run = try await completedRun(in: cluster)
                #expect(run.first == "stable")
                #expect(run.last?.contains("@sha256:") == true, "\(run)")
                group.cancelAll()
            }
        }
    }

    /// The root of the worker's pod: the model's image, the volumes, and the worker, which the init container's command
    /// has copied.
    private func root(of cluster: ClusterFixture) async throws -> EmptyRootFS {
        let model = Kustomize.root.pushing(".build/column-model/column-model")
        let root = try await EmptyRootFS(
            cluster.folder.appending("root"), executable: model, at: "/usr/local/bin/column-model")
        let (files, container) = try cluster.container("model", of: Self.worker)
        try files.mount(container, below: root.folder)

        let (_, copy) = try cluster.container("worker", of: Self.worker)
        let image = cluster.folder.appending("image")
        try await EmptyRootFS.bundleWorker(in: image.pushing("opt/atmos"))
        // The shared volume of both containers.
        let shared = root.folder.pushing("opt/atmos")
        let command = files.command(of: copy).map {
            $0 == "/worker" ? shared.string : "\($0.hasPrefix("/") ? image.string : "")\($0)"
        }
        _ = try await ClusterFixture.shell(#"env -i "$@""#, command)
        return root
    }

    /// The verdict and the model version of the first completed point, as a reader would query them.
    private func completedRun(in cluster: ClusterFixture) async throws -> [String] {
        let ledger = try await RunLedger.connect(
            LedgerConfiguration(url: cluster.ledgerURL(as: "atmos_reader")), logger: .silent)
        try await eventually("a point is completed") {
            try await ledger.progress(of: "habitable_zone").completed > 0
        }
        let table = try await ledger.query(
            "SELECT verdict, model_version FROM habitable_zone WHERE state = 'completed'", rowLimit: 1, timeLimit: nil)
        await ledger.close()
        return try #require(table.rows.first).compactMap(\.textValue)
    }
}
