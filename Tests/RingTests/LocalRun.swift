import Foundation
import LocalStack
import ParameterSpace
import SystemPackage
import TestSupport
import Testing

/// An exploration file of a test, and the folder that `atmos explore` keeps it in.
struct LocalRun {
    let scratch: TemporaryFolder
    let file: FilePath
    let data: FilePath

    init(_ yaml: String, files: [String: String] = [:]) throws {
        scratch = try TemporaryFolder()
        file = scratch.path.appending("exploration.yaml")
        data = scratch.path.appending("data")
        try yaml.write(toFile: file.string, atomically: true, encoding: .utf8)
        for (name, text) in files {
            let path = scratch.path.appending(name).string
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
    }

    /// `atmos explore`, to its end.
    func explore(
        _ arguments: [String] = [], started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> Ended {
        try await Executables.run(
            "atmos", ["explore", file.string, "--data", data.string, "--workers", "2"] + arguments, in: scratch.path,
            started: started)
    }

    /// A command of `atmos` that reads what was explored.
    func read(_ command: String, _ arguments: [String]) async throws -> Ended {
        let ended = try await Executables.run("atmos", [command, "--data", data.string] + arguments, in: scratch.path)
        return ended
    }

    /// A command of `atmos` on what was explored, whose name may be several words.
    func command(_ words: [String]) async throws -> Ended {
        try await Executables.run("atmos", words + ["--data", data.string], in: scratch.path)
    }

    func command(_ words: String...) async throws -> Ended { try await command(words) }

    /// Runs the database, while nobody explores, for as long as `body` takes.
    /// - Parameter body: gets the database's socket.
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

    /// The verdict of each completed point, by code.
    func verdicts(of table: String) async throws -> [String: String] {
        let ended = try await read(
            "query", ["--rows", "0", "--format", "csv", "SELECT code, verdict FROM \(table) WHERE state = 'completed'"])
        try #require(ended.status == 0, "\(ended)")
        var verdicts: [String: String] = [:]
        for line in ended.output.split(separator: "\n").dropFirst() {
            // A code has commas in it, so it stands in quotes.
            let parts = line.split(separator: "\"")
            try #require(parts.count == 2, "\(line)")
            #expect(verdicts.updateValue(String(parts[1].dropFirst()), forKey: String(parts[0])) == nil)
        }
        return verdicts
    }
}

/// A region in the plane with a known edge, and what an exploration of it must find, worked out without the ring.
struct SyntheticPlane {
    /// Points from the centre to the edge of the region, along each axis.
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
