import ExplorationFile
import Foundation
import LeaseQueue
import Logging
import ParameterSpace
import RedisClient
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

/// One exploration's queues on a private Redis, filled by the test, and the roles as processes.
struct RoleFixture {
    /// A model that finds every point stable.
    static let stableModel = "echo '{\"verdict\": \"stable\", \"outputs\": {}}' > result.json"

    let run: ExplorationFixture
    let definition: ExplorationDefinition
    let queues: LeaseQueues
    let url: String

    /// - Parameters:
    ///   - model: a shell script; its working directory is the run's directory.
    ///   - artifacts: the names of the files that are kept after a run.
    ///   - redis: the server of the queues; `nil` for the one that tests share.
    init(
        model: String, attempts: Int = 3, leaseSeconds: Int = 2, artifacts: [String] = [], redis: String? = nil
    ) async throws {
        // The queues' namespace follows from the name, so each fixture needs a unique one.
        let name = "roles-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        run = try ExplorationFixture(
            """
            name: \(name)
            parameters:
              - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -100, maximum: 100}}
            model: {adapter: command, command: [./model.sh], artifacts: [\(artifacts.joined(separator: ", "))]}
            run: {attempts: \(attempts), lease_seconds: \(leaseSeconds)}
            """, files: ["model.sh": "#!/bin/sh\n\(model)\n"])
        definition = try DefinitionReader.read(file: run.file.string)
        if let redis { url = redis } else { url = try await TestRedis.shared().url }
        queues = try await LeaseQueues.connect(
            to: RedisConfiguration(url: url), namespace: definition.namespace,
            queues: RingQueues.configurations(for: definition.policy), consumer: "test", logger: .silent)
    }

    /// Puts points on `main`, as sql-client does.
    func enqueue(_ codes: String..., parent: String? = nil) async throws {
        let jobs = try codes.map { code in
            let point = try definition.space.point(code: code)
            return Job.point(definition.space.hash(of: point), code: code, parent: parent)
        }
        _ = try await queues.enqueue(jobs, to: RingQueues.main)
    }

    /// The hash of a point, which is the id of its job.
    func hash(_ code: String) throws -> String {
        definition.space.hash(of: try definition.space.point(code: code)).description
    }

    /// Runs a role to its end.
    ///
    /// - Parameter started: is called with the process id.
    func role(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:],
        started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> ProcessResult {
        var all = ["ATMOS_REDIS_URL": url, "ATMOS_RUN_FOLDER": run.scratch.path.appending("runs").string]
        all.merge(environment) { $1 }
        return try await Executables.run(
            name, [run.file.string] + arguments, environment: all, in: run.scratch.path, started: started)
    }

    func counts(of queue: QueueName) async throws -> QueueCounts {
        try await queues.counts()[queue] ?? QueueCounts()
    }

    /// Waits until a model has created a file in the fixture's folder.
    func waitForFile(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await promptly("the model creates \(name)", sourceLocation: sourceLocation) {
            run.scratch.contains(name)
        }
    }
}
