import Foundation
import LocalStack
import ParameterSpace
import SystemPackage
import TestSupport
import Testing

/// An exploration's file, and the folder for `atmos explore`.
struct ExplorationFixture {
    let scratch: TemporaryFolder
    let file: FilePath
    let data: FilePath

    /// - Parameter files: executable files next to the YAML file, by name.
    init(_ yaml: String, files: [String: String] = [:]) throws {
        scratch = try TemporaryFolder()
        file = try scratch.write(yaml, to: "exploration.yaml")
        data = scratch.path.appending("data")
        for (name, text) in files {
            let path = try scratch.write(text, to: name)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path.string)
        }
    }

    /// Runs `atmos explore` to its end.
    ///
    /// - Parameter started: is called with the process id.
    func explore(
        _ arguments: [String] = [], started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> ProcessResult {
        try await Executables.run(
            "atmos", ["explore", file.string, "--data", data.string, "--workers", "2"] + arguments, in: scratch.path,
            started: started)
    }

    /// Runs a subcommand of `atmos` on what was explored.
    func read(_ command: String, _ arguments: [String]) async throws -> ProcessResult {
        try await Executables.run("atmos", [command, "--data", data.string] + arguments, in: scratch.path)
    }

    /// Runs a subcommand of `atmos`, whose name may be several words, on what was explored.
    func command(_ words: [String]) async throws -> ProcessResult {
        try await Executables.run("atmos", words + ["--data", data.string], in: scratch.path)
    }

    func command(_ words: String...) async throws -> ProcessResult { try await command(words) }

    /// Runs the database, while no exploration runs, for as long as `body` takes.
    ///
    /// - Parameter body: is passed the database's socket.
    func database(_ body: @Sendable (String) async throws -> Void) async throws {
        let server = PrivateMariaDB(folder: data.appending("mariadb"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            try await server.waitUntilReady()
            try await body(server.socket.string)
            group.cancelAll()
            while let ended = await group.nextResult() { _ = ended }
        }
    }

    /// Runs Redis, while no exploration runs, for as long as `body` takes.
    ///
    /// - Parameter body: is passed the server's URL.
    func redis(_ body: @Sendable (String) async throws -> Void) async throws {
        let server = PrivateRedis(folder: data.appending("redis"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            try await server.waitUntilReady()
            try await body(server.url)
            group.cancelAll()
            while let ended = await group.nextResult() { _ = ended }
        }
    }

    /// Waits until `atmos explore` has started its workers.
    func waitForWorkers(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let log = data.appending("logs/worker-1.log").string
        try await eventually("the workers start", within: .seconds(120), sourceLocation: sourceLocation) {
            FileManager.default.fileExists(atPath: log)
        }
    }

    /// The verdict of each completed point, by code.
    func verdicts(
        of table: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [String: String] {
        let ended = try await read(
            "query",
            ["--limit", "0", "--format", "csv", "SELECT code, verdict FROM \(table) WHERE state = 'completed'"])
        try #require(ended.status == 0, "\(ended)", sourceLocation: sourceLocation)
        var verdicts: [String: String] = [:]
        for line in ended.output.split(separator: "\n").dropFirst() {
            // A code contains commas, so it is in quotes.
            let parts = line.split(separator: "\"")
            try #require(parts.count == 2, "\(line)", sourceLocation: sourceLocation)
            let former = verdicts.updateValue(String(parts[1].dropFirst()), forKey: String(parts[0]))
            #expect(former == nil, "\(parts[0]) appears twice", sourceLocation: sourceLocation)
        }
        return verdicts
    }
}

/// A stable region in the plane with a known edge, and the points that an exploration of it must find, computed without
/// the ring.
struct SyntheticPlane {
    /// The number of points from the centre to the edge of the region, along each axis.
    let reach: Int

    var yaml: String {
        """
        name: plane
        parameters:
          - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -1000, maximum: 1000}}
          - {name: y, kind: scalar, start: 0, axis: {step: 1, minimum: -1000, maximum: 1000}}
        strategy: {kind: flood, neighbours: sides, steps: 2}
        model:
          adapter: synthetic
          region: {centre: {x: 0, y: 0}, radius: {x: \(reach), y: \(reach)}}
        run: {attempts: 20, lease_seconds: 1}
        """
    }

    /// The verdict of every point that the search reaches, by code.
    var expected: [String: String] {
        var verdicts = ["0,0": "stable"]
        var frontier = [(0, 0)]
        while let (x, y) = frontier.popLast() {
            for step in [-2, -1, 1, 2] {
                for (nextX, nextY) in [(x + step, y), (x, y + step)] where verdicts["\(nextX),\(nextY)"] == nil {
                    let isStable = nextX * nextX + nextY * nextY <= reach * reach
                    verdicts["\(nextX),\(nextY)"] = isStable ? "stable" : "unstable"
                    if isStable { frontier.append((nextX, nextY)) }
                }
            }
        }
        return verdicts
    }
}
