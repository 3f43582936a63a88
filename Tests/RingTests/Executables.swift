import Foundation
import HTTPClient
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The exit status and the output of a process.
struct ProcessResult: CustomStringConvertible {
    let status: Int32
    let output: String
    let errors: String

    /// For the message of a failed expectation.
    var description: String { "status \(status)\n--- output\n\(output)\n--- errors\n\(errors)" }
}

/// Runs the project's executables as a user would.
enum Executables {
    /// The folder of the executables, which is also that of the tests.
    static let folder: FilePath = {
        let executable = try! FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return FilePath(executable).removingLastComponent()
    }()

    /// The project's folder.
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Runs an executable to its end.
    ///
    /// - Parameter started: is called with the process id.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], in folder: FilePath? = nil,
        started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> ProcessResult {
        try await run(
            program: Self.folder.appending(name), arguments, environment: environment, in: folder, started: started)
    }

    /// Runs any program to its end.
    static func run(
        program: FilePath, _ arguments: [String], environment: [String: String] = [:], in folder: FilePath? = nil,
        started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> ProcessResult {
        var inherited = Environment.inherit
        for (key, value) in environment { inherited = inherited.updating([Environment.Key(rawValue: key)!: value]) }
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(20))]
        let scratch = try TemporaryFolder()
        func open(_ name: String) throws -> FileDescriptor {
            try FileDescriptor.open(
                scratch.path.appending(name), .readWrite, options: [.create, .truncate], permissions: .ownerReadWrite)
        }
        let result = try await Subprocess.run(
            .path(program), arguments: Arguments(arguments), environment: inherited,
            workingDirectory: folder, platformOptions: options, input: .none,
            output: .fileDescriptor(open("output"), closeAfterSpawningProcess: true),
            error: .fileDescriptor(open("errors"), closeAfterSpawningProcess: true)
        ) { execution in
            started(execution.processIdentifier.value)
        }
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        return ProcessResult(status: status, output: try scratch.text("output"), errors: try scratch.text("errors"))
    }
}

/// A port of this machine at which a role serves HTTP, or will once it has started.
struct Endpoint: Sendable {
    let port: UInt16

    /// Sends a request and returns the answer. Waits until the role listens.
    func ask(
        _ path: String, _ method: HTTPRequest.Method = .get, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (status: Int, text: String) {
        var request = HTTPRequest(method, "http://127.0.0.1:\(port)\(path)")
        request.proxy = .none
        let answer = try await eventually(
            "something listens at port \(port)", within: .seconds(120),
            { () -> (status: Int, text: String)? in
                do {
                    let response = try await HTTPClient().send(request)
                    return (response.status, response.text)
                } catch let error as HTTPError where error.code == .connectionFailed {
                    return nil
                }
            }, until: { $0 != nil }, sourceLocation: sourceLocation)
        return answer!
    }

    /// Waits for an answer with this status and returns its text.
    func wait(
        for status: Int, at path: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        try await eventually(
            "\(path) answers \(status)", within: .seconds(120), { try await ask(path, sourceLocation: sourceLocation) },
            until: { $0.status == status }, sourceLocation: sourceLocation
        ).text
    }
}
