import Foundation

/// The server's own command-line client, for what the ledger's connections may not do.
struct Client {
    let socket: String
    let database: String

    struct Failure: Error {
        let message: String
    }

    /// Executes statements on the database and returns what they print, a value in each line.
    @discardableResult
    func execute(_ statements: String...) throws -> [Substring] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "mariadb", "--no-defaults", "--user=root", "--socket=\(socket)", "--local-infile=1", "-BN",
            "--execute=\(statements.joined(separator: "; "))", database,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(message: "mariadb failed: \(statements)") }
        return String(decoding: text, as: UTF8.self).split(separator: "\n")
    }

    /// How many seconds the server takes for some statements; the start of the client does not count.
    func seconds(_ statements: [String]) throws -> Double {
        let clock = "SELECT TIMESTAMPDIFF(MICROSECOND, '2020-01-01', SYSDATE(6))"
        let lines = try execute(([clock] + statements + [clock]).joined(separator: "; "))
        guard lines.count == 2, let start = Double(lines[0]), let end = Double(lines[1]) else {
            throw Failure(message: "no times: \(lines)")
        }
        return (end - start) / 1e6
    }
}
