internal import FoundationEssentials
internal import LocalStack
internal import Logging
internal import Support
internal import SystemPackage

/// The roles of the ring as child processes: the same executables that run on a cluster.
struct LocalRoles: Sendable {
    let file: FilePath
    let folder: DataFolder
    let servers: LocalServers
    let workers: Int

    /// Keeps all roles running for as long as `body` takes, then stops them in order: workers first, so that what they
    /// give back finds its way, sql-client last.
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
        let crew = (1...workers).map { child("atmos-worker", name: "worker-\($0)", stopOrder: 0) }
        return crew + [
            child("atmos-master", name: "master", stopOrder: 1),
            child("atmos-sql-client", name: "sql-client", stopOrder: 2),
        ]
    }

    private func child(_ executable: String, name: String, stopOrder: Int) -> ChildProcess {
        ChildProcess(
            name: name, executable: Self.folderOfExecutables.appending(executable), environment: environment,
            log: folder.log(of: name), stopOrder: stopOrder)
    }

    private var environment: [String: String] {
        [
            EnvironmentNames.exploration: file.string,
            EnvironmentNames.redisURL: servers.redis.url,
            EnvironmentNames.mariaDBURL: servers.ledgerURL,
            EnvironmentNames.artifactsURL: "file://\(folder.artifacts)",
            EnvironmentNames.runFolder: folder.runs.string,
            // What the shell says of other servers is not meant for these.
            "\(EnvironmentNames.redisURL)_FILE": "",
            "\(EnvironmentNames.mariaDBURL)_FILE": "",
            "\(EnvironmentNames.artifactsURL)_FILE": "",
            EnvironmentNames.redisPassword: "",
            "\(EnvironmentNames.redisPassword)_FILE": "",
            EnvironmentNames.mariaDBPassword: "",
            "\(EnvironmentNames.mariaDBPassword)_FILE": "",
        ]
    }

    /// The roles' executables lie beside this one.
    private static let folderOfExecutables: FilePath = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return FilePath(own ?? CommandLine.arguments[0]).removingLastComponent()
    }()

    private func report(_ event: SupervisorEvent, to logger: Logger) {
        switch event {
        case .failed(let name, let status, let logTail, _):
            logger.warning(
                "\(name) ended (\(status)) and is started again", metadata: ["log": "\(logTail.last ?? "")"])
        case .started, .finished, .stopped:
            logger.info("\(event)")
        }
    }
}
