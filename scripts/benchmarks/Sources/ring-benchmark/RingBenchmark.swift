import Foundation

/// Runs whole explorations of a model that costs nothing, and prints the cost of each role per point.
///
/// Usage: ring-benchmark ATMOS FOLDER WORKERS REPORT [--profile] SIZE...
///
/// ATMOS is the executable, FOLDER an empty folder for the explorations' data, REPORT the file for the results as JSON,
/// each SIZE one of 10k, 100k, survey, 1M. With --profile, the statistics of the servers are read, which costs some
/// speed.
@main
struct RingBenchmark {
    static func main() throws {
        var arguments = CommandLine.arguments
        let isProfile = arguments.count > 5 && arguments[5] == "--profile"
        if isProfile { arguments.remove(at: 5) }
        let balls = arguments.dropFirst(5).map { name in SyntheticBall.all.first { $0.name == name } }
        guard arguments.count > 5, !balls.contains(where: { $0 == nil }) else {
            fail("usage: ring-benchmark ATMOS FOLDER WORKERS REPORT [--profile] 10k|100k|survey|1M...", status: 64)
        }
        var reports: [Report] = []
        for ball in balls.compactMap({ $0 }) {
            var profile = isProfile ? ServerProfile() : nil
            let report = try explore(
                ball, atmos: arguments[1], folder: arguments[2], workers: arguments[3], profile: &profile)
            guard report.points == ball.points else {
                fail("\(ball.name): \(report.points) points were run, expected \(ball.points)", status: 1)
            }
            if reports.isEmpty { print(Report.heading) }
            print(report.rows)
            if let profile {
                let cores = ProcessInfo.processInfo.activeProcessorCount
                print(ProfileTable(report: report, profile: profile, cores: cores).text)
            }
            reports.append(report)
        }
        if let first = reports.first, let last = reports.last, reports.count > 1 {
            let ratio = last.cpuMicrosecondsPerPoint / first.cpuMicrosecondsPerPoint
            print("CPU a point at \(last.points) points / at \(first.points) points: \(decimal(ratio, 2))")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(reports).write(to: URL(fileURLWithPath: arguments[4]))
    }

    private static func explore(
        _ ball: SyntheticBall, atmos: String, folder: String, workers: String, profile: inout ServerProfile?
    ) throws -> Report {
        let definition = "\(folder)/\(ball.name).yaml"
        try Data(ball.definition.utf8).write(to: URL(fileURLWithPath: definition))
        let output = Pipe()
        let exploration = Process()
        exploration.executableURL = URL(fileURLWithPath: atmos)
        let data = "\(folder)/\(ball.name)\(profile == nil ? "" : "-profile")"
        exploration.arguments = ["explore", definition, "--data", data, "--workers", workers]
        exploration.standardOutput = output
        exploration.standardError = FileHandle.nullDevice
        try exploration.run()

        var usage = Usage(root: exploration.processIdentifier)
        while exploration.isRunning {
            usage.sample()
            try profile?.look(in: data)
            Thread.sleep(forTimeInterval: 0.1)
        }
        try profile?.finish()
        let summary = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard exploration.terminationStatus == 0, let report = Report(summary: summary, usage: usage) else {
            fail("the exploration failed:\n\(summary)", status: 1)
        }
        return report
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("ring-benchmark: \(message)\n".utf8))
        exit(status)
    }
}
