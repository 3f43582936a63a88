internal import Dispatch
internal import FoundationEssentials
internal import Subprocess
package import SystemPackage

/// A server of `Tests/Servers` as a child process, for as long as a test needs it. It picks a free port itself.
///
/// They run on the Python that `scripts/test` makes in `.build/python`.
package struct PythonServer: Sendable {
    /// What it said once it listened: its port, and whatever else its head tells, as JSON.
    package let announcement: [UInt8]

    /// The port that it listens on, at 127.0.0.1.
    package var port: Int {
        get throws {
            struct Place: Decodable { let port: Int }
            return try decode(Place.self).port
        }
    }

    /// What it announced.
    package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(announcement))
    }

    /// The project's folder, seen from this file.
    private static let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()
    /// The Python that `scripts/setup --tests` makes.
    package static let python = root.appending(".build").appending("python").appending("bin").appending("python")

    /// Whether the Python is there; a test that needs it is skipped otherwise.
    package static let isAvailable = FileManager.default.isExecutableFile(atPath: python.string)

    /// Why a test is skipped.
    package static let absence: String = "no Python in .build/python; scripts/test puts it there"

    /// Runs a server beside `body`.
    ///
    /// It ends with `body`, and by the kernel's hand when this process ends before.
    ///
    /// - Parameter name: of the file in `Tests/Servers`, without `.py`.
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
            guard !line.isEmpty else { throw PythonServerError(description: "\(script) ended before it listened.") }
            return try await body(PythonServer(announcement: line))
        }
        return result.closureResult
    }

    /// Starts a server that lives as long as this process, for tests that share one.
    package static func start(_ name: String, _ arguments: [String] = []) async throws -> PythonServer {
        let (stream, continuation) = AsyncThrowingStream<PythonServer, any Error>.makeStream()
        // Owned by the process, as the server is.
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
        throw PythonServerError(description: "\(name) did not start.")
    }

    /// Reads a line on a thread of its own, and closes the pipe's end.
    private static func firstLine(of pipe: FileDescriptor) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "atmos.test.python").async {
                continuation.resume(
                    with: Result {
                        try pipe.closeAfter {
                            var line: [UInt8] = []
                            var byte: [UInt8] = [0]
                            while try byte.withUnsafeMutableBytes({ try pipe.read(into: $0) }) == 1,
                                byte[0] != UInt8(ascii: "\n")
                            {
                                line.append(byte[0])
                            }
                            return line
                        }
                    })
            }
        }
    }
}

/// A server that could not be started.
package struct PythonServerError: Error, CustomStringConvertible {
    package let description: String
}
