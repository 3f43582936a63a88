internal import FoundationEssentials
internal import LocalStack
internal import Logging
internal import Support
internal import SystemPackage

/// The roles of the ring as child processes, which run the same executables as a cluster.
struct LocalRoles: Sendable {
    let file: FilePath
    let folder: DataFolder
    let servers: LocalServers
    let workers: Int

    /// Keeps all roles running for as long as `body` takes, then stops them: workers first, since the other roles
    /// process what they give back, and sql-client last.
    func run<Result: Sendable>(
        logger: Logger, _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        let supervisor = Supervisor(children: children)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await supervisor.run()
                return nil
            }
            group.addTask {
                for await event in supervisor.events { report(event, to: logger) }
                return nil
            }
            group.addTask { try await body() }
            var result: Result?
            while result == nil, let next = try await group.next() { result = next }
            group.cancelAll()
            try await group.waitForAll()
            guard let result else { throw CancellationError() }
            return result
        }
    }

    private var children: [ChildProcess] {
        let workers = (1...workers).map { number in
            var worker = child("atmos-worker", name: "worker-\(number)", stopOrder: 0)
            // All workers are on this machine, and a worker has waited for it before it ends with this status.
            worker.fatalStatuses.insert(ExitStatus.machine.rawValue)
            return worker
        }
        return workers + [
            child("atmos-master", name: "master", stopOrder: 1),
            child("atmos-sql-client", name: "sql-client", stopOrder: 2),
        ]
    }

    private func child(_ executable: String, name: String, stopOrder: Int) -> ChildProcess {
        ChildProcess(
            name: name, executable: Self.folderOfExecutables.appending(executable), environment: environment,
            log: folder.log(of: name), stopOrder: stopOrder)
    }

    /// The variables of the children. The shell's settings for other servers and roles do not apply to them.
    private var environment: [String: String] {
        let unset = [
            EnvironmentNames.exploration, EnvironmentNames.redisURL, EnvironmentNames.redisPassword,
            EnvironmentNames.sentinelPassword, EnvironmentNames.mariaDBURL, EnvironmentNames.mariaDBPassword,
            EnvironmentNames.artifactsURL, EnvironmentNames.runFolder, EnvironmentNames.point,
            EnvironmentNames.healthPort,
        ].flatMap { [$0, "\($0)_FILE"] }
        let own = [
            EnvironmentNames.exploration: file.string,
            EnvironmentNames.redisURL: servers.redis.url,
            EnvironmentNames.mariaDBURL: servers.ledgerURL,
            EnvironmentNames.artifactsURL: "file://\(folder.artifacts)",
            EnvironmentNames.runFolder: folder.runs.string,
        ]
        return Dictionary(uniqueKeysWithValues: unset.map { ($0, "") }).merging(own) { $1 }
    }

    /// The folder of this executable, which also holds those of the roles.
    private static let folderOfExecutables: FilePath = {
        let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return FilePath(executable ?? CommandLine.arguments[0]).removingLastComponent()
    }()

    private func report(_ event: SupervisorEvent, to logger: Logger) {
        switch event {
        case .failed(let name, let status, let logTail, _):
            logger.warning(
                "role ended, restarting it",
                metadata: ["role": "\(name)", "status": "\(status)", "log": "\(logTail.last ?? "")"])
        case .started(let name, let process):
            logger.info("role started", metadata: ["role": "\(name)", "process": "\(process)"])
        case .finished(let name, let status):
            logger.info("role finished", metadata: ["role": "\(name)", "status": "\(status)"])
        case .stopped(let name, let status):
            logger.info("role stopped", metadata: ["role": "\(name)", "status": "\(status)"])
        }
    }
}
