internal import FoundationEssentials
internal import Subprocess
internal import Support
package import SystemPackage

/// A server of `Tests/Servers` that runs as a child process on a free port.
///
/// The servers run with the Python that `scripts/test` installs in `.build/python`.
package struct PythonServer: Sendable {
    /// The JSON line that the server prints when it listens: its port and values that the script documents.
    package let announcement: [UInt8]

    /// The port at 127.0.0.1.
    package var port: Int {
        get throws {
            struct Announcement: Decodable { let port: Int }
            return try decode(Announcement.self).port
        }
    }

    /// Decodes the announcement.
    package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(announcement))
    }

    /// The project's folder.
    private static let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()
    /// The Python that `scripts/setup --tests` installs.
    package static let python = root.appending(".build").appending("python").appending("bin").appending("python")

    /// Whether the Python is installed; tests that need it are skipped otherwise.
    package static let isAvailable = FileManager.default.isExecutableFile(atPath: python.string)

    /// The reason for skipping a test.
    package static let unavailableReason: String = "no Python in .build/python; scripts/test installs it"

    /// Runs a server while `body` runs. The kernel kills the server if this process dies first.
    ///
    /// - Parameter name: the file in `Tests/Servers`, without `.py`.
    package static func run<Value: Sendable>(
        _ name: String, _ arguments: [String] = [], _ body: (PythonServer) async throws -> Value
    ) async throws -> Value {
        let script = root.appending("Tests").appending("Servers").appending("\(name).py")
        let ends = try FileDescriptor.pipe()
        var options = PlatformOptions()
        options.teardownSequence = [.send(signal: .kill, allowedDurationToNextStep: .zero)]
        let result = try await Subprocess.run(
            .name("setpriv"),
            arguments: Arguments(["--pdeathsig", "KILL", "--", python.string, script.string] + arguments),
            environment: .inherit.updating(["PYTHONDONTWRITEBYTECODE": "1"]), platformOptions: options, input: .none,
            output: .fileDescriptor(ends.writeEnd, closeAfterSpawningProcess: true), error: .discarded
        ) { execution in
            defer { try? execution.send(signal: .kill) }
            let line = try await firstLine(of: ends.readEnd)
            guard !line.isEmpty else { throw PythonServerError(description: "'\(script)' ended before it listened") }
            return try await body(PythonServer(announcement: line))
        }
        return result.closureResult
    }

    /// Starts a server that runs until this process ends, for tests that share it.
    package static func start(_ name: String, _ arguments: [String] = []) async throws -> PythonServer {
        let (stream, continuation) = AsyncThrowingStream<PythonServer, any Error>.makeStream()
        // Runs as long as the process, like the server.
        Task {
            do {
                try await run(name, arguments) { server in
                    continuation.yield(server)
                    while true { try await Task.sleep(for: .seconds(3600)) }
                }
            } catch {
                continuation.finish(throwing: error)
            }
        }
        for try await server in stream { return server }
        throw PythonServerError(description: "the server '\(name)' did not start")
    }

    /// Reads a line and closes the end of the pipe.
    private static func firstLine(of pipe: FileDescriptor) async throws -> [UInt8] {
        try await BlockingExecutor(label: "atmos.test.python").run {
            try pipe.closeAfter {
                var line: [UInt8] = []
                var byte: [UInt8] = [0]
                while try byte.withUnsafeMutableBytes({ try pipe.read(into: $0) }) == 1, byte[0] != UInt8(ascii: "\n") {
                    line.append(byte[0])
                }
                return line
            }
        }
    }
}

/// The error for a server that could not be started.
package struct PythonServerError: Error, CustomStringConvertible {
    package let description: String
}
