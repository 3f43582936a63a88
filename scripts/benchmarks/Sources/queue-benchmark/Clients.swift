import Foundation

/// The programs that do the work, and how to run them.
struct Clients {
    let socket: String
    let libraryClient: String
    let cClient: String
    /// The folder with whole scripts: cycle.lua, enqueue.lua, extend.lua, ceiling.lua.
    let scripts: String

    /// Starts the library's client.
    func library(_ operation: String, _ backlog: Backlog, consumer: String, batch: Int, jobs: Int, first: Int = 0)
        throws
        -> Child
    {
        try Child(
            libraryClient, [socket, backlog.namespace, consumer, operation, "\(batch)", "\(jobs)", "\(first)"])
    }

    /// Starts the C program.
    func c(_ operation: String, _ backlog: Backlog, consumer: String, batch: Int, jobs: Int, first: Int) throws -> Child
    {
        let files =
            switch operation {
            case "enqueue": ["enqueue.lua"]
            case "ceiling": ["ceiling.lua"]
            default: ["cycle.lua", "extend.lua"]
            }
        return try Child(
            cClient,
            [socket, backlog.namespace, consumer, operation, "\(batch)", "\(jobs)", "\(first)"]
                + files.map { "\(scripts)/\($0)" })
    }
}

/// A child process whose output is read to its end.
struct Child {
    private let process = Process()
    private let output = Pipe()

    init(_ executable: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
    }

    var identifier: Int32 { process.processIdentifier }

    /// What it printed.
    func finish() throws -> String {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError("\(process.executableURL?.lastPathComponent ?? "a client") failed: \(text)")
        }
        return text
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}

/// Why there are no figures.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
