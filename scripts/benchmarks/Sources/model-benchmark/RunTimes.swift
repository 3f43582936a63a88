internal import FoundationEssentials
internal import Glibc
internal import ModelRunner
internal import SystemPackage

/// Measures the time of runs.
struct RunTimes {
    let folder: FilePath

    private static let input = ModelInput(
        hash: String(repeating: "0", count: 64), code: "0.21,4.0e-4",
        values: [NamedValue(name: "O2", value: "0.21"), NamedValue(name: "CO2", value: "4.0e-4")])
    /// The number of first runs that do not count, because they start a supervisor or a container for many runs.
    private static let warmUp = 3

    /// The program that writes a result at once.
    let program: String

    /// Measures, in milliseconds, runs of a model from an empty run directory to a result that has been read, and runs of the
    /// program alone. The two alternate, so that other load of the machine affects both.
    func measure(_ model: any Model, runs: Int) async throws -> (model: [Double], own: [Double]) {
        var times: (model: [Double], own: [Double]) = ([], [])
        for run in -Self.warmUp..<runs {
            let directory = try freshDirectory()
            let start = ContinuousClock.now
            _ = try await model.run(Self.input, limits: RunLimits(), parent: nil, directory: directory)
            let time = (ContinuousClock.now - start) / .milliseconds(1)
            try FileManager.default.removeItem(atPath: directory.string)
            let own = try ownTime()
            if run >= 0 {
                times.model.append(time)
                times.own.append(own)
            }
        }
        return times
    }

    /// The time of the program alone in milliseconds: spawned by the C library, and waited for.
    private func ownTime() throws -> Double {
        let directory = try freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        guard chdir(directory.string) == 0 else { throw Errno(rawValue: errno) }
        defer { chdir("/") }
        var process: pid_t = 0
        var arguments = [strdup(program), nil]
        defer { free(arguments[0]) }
        let start = ContinuousClock.now
        let error = posix_spawn(&process, program, nil, nil, &arguments, environ)
        guard error == 0 else { throw Errno(rawValue: error) }
        waitpid(process, nil, 0)
        return (ContinuousClock.now - start) / .milliseconds(1)
    }

    private func freshDirectory() throws -> FilePath {
        let directory = folder.appending("run-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        return directory
    }
}

/// The overhead of one kind of run, in milliseconds.
struct Row {
    let name: String
    let runs: Int
    /// The median time of the program alone.
    let own: Double
    let median: Double
    let ninetieth: Double

    init(name: String, _ times: (model: [Double], own: [Double])) {
        let (model, own) = (times.model.sorted(), times.own.sorted())
        self.name = name
        self.own = own[own.count / 2]
        runs = model.count
        median = model[model.count / 2] - self.own
        ninetieth = model[model.count * 9 / 10] - own[own.count * 9 / 10]
    }

    static func table(_ rows: [Row]) -> String {
        var lines = ["overhead of a run:              median       90 %    program      runs"]
        for row in rows {
            let numbers = [row.median, row.ninetieth, row.own].map { padded("\(text($0)) ms", 11) }.joined()
            lines.append(
                row.name + String(repeating: " ", count: 27 - row.name.count) + numbers + padded("\(row.runs)", 10))
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ rows: [Row]) -> String {
        let kinds = rows.map { row in
            #"  {"runtime": "\#(row.name)", "median_ms": \#(text(row.median)), "p90_ms": \#(text(row.ninetieth)), "#
                + #""own_ms": \#(text(row.own)), "runs": \#(row.runs)}"#
        }
        return "[\n\(kinds.joined(separator: ",\n"))\n]\n"
    }

    /// A number with two decimals.
    private static func text(_ milliseconds: Double) -> String {
        let hundredths = Int((milliseconds * 100).rounded())
        let fraction = String(abs(hundredths) % 100)
        return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(fraction.count < 2 ? "0" : "")\(fraction)"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
