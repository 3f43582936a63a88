import Foundation
import Subprocess
import SystemPackage
import Testing

/// How an executable ended and what it said.
struct Ended: CustomStringConvertible {
    let status: Int32
    let output: String
    let errors: String

    /// For the message of a failed expectation.
    var description: String { "status \(status)\n--- output\n\(output)\n--- errors\n\(errors)" }
}

/// Runs the project's own executables as a user would.
enum Executables {
    /// Where they were built: beside the tests.
    static let folder: FilePath = {
        let own = try! FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return FilePath(own).removingLastComponent()
    }()

    /// Runs one to its end.
    ///
    /// - Parameter started: is told the process id.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], in folder: FilePath? = nil,
        started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> Ended {
        var inherited = Environment.inherit
        for (key, value) in environment { inherited = inherited.updating([Environment.Key(rawValue: key)!: value]) }
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(20))]
        let scratch = FileManager.default.temporaryDirectory.appending(path: "atmos-output-\(UUID())")
        defer { try? FileManager.default.removeItem(at: scratch) }
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        func open(_ name: String) throws -> FileDescriptor {
            try FileDescriptor.open(
                FilePath(scratch.appending(path: name).path), .readWrite, options: [.create, .truncate],
                permissions: .ownerReadWrite)
        }
        let result = try await Subprocess.run(
            .path(Self.folder.appending(name)), arguments: Arguments(arguments), environment: inherited,
            workingDirectory: folder, platformOptions: options, input: .none,
            output: .fileDescriptor(open("output"), closeAfterSpawningProcess: true),
            error: .fileDescriptor(open("errors"), closeAfterSpawningProcess: true)
        ) { execution in
            started(execution.processIdentifier.value)
        }
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: scratch.appending(path: name)), as: UTF8.self)
        }
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        return Ended(status: status, output: try text("output"), errors: try text("errors"))
    }
}
