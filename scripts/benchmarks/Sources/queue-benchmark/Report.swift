import Foundation
import TextTable

/// All figures of a run.
struct Report: Codable {
    var rows: [Row]
    var surroundings: Surroundings

    /// The table.
    var text: String {
        var lines = rows.map(Line.init)
        lines += surroundings.lines
        let table = TextTable<Line> { line in
            [
                Column(title: "operation", value: line.operation),
                Column(title: "batch", value: line.batch, align: .right),
                Column(title: "consumers", value: line.consumers, align: .right),
                Column(title: "queue", value: line.queue),
                Column(title: "library jobs/s", value: line.library, align: .right),
                Column(title: "C jobs/s", value: line.c, align: .right),
                Column(title: "redis-benchmark", value: line.ceiling, align: .right),
                Column(title: "of C", value: line.ofC, align: .right),
                Column(title: "of empty", value: line.ofEmpty, align: .right),
                Column(title: "CPU µs/job", value: line.cpu, align: .right),
                Column(title: "C's", value: line.cCPU, align: .right),
                Column(title: "server µs/job", value: line.server, align: .right),
                Column(title: "targets", value: line.targets),
            ]
        }
        return table.string(for: lines, style: Style.psql) ?? ""
    }

    var missed: Int {
        (rows.flatMap(\.targets) + surroundings.targets.map(\.target)).count { !$0.isMet }
    }
}

/// A line of the table, as text.
private struct Line {
    var operation: String
    var batch = ""
    var consumers = ""
    var queue = ""
    var library = ""
    var c = ""
    var ceiling = ""
    var ofC = ""
    var ofEmpty = ""
    var cpu = ""
    var cCPU = ""
    var server = ""
    var targets: String

    init(_ row: Row) {
        operation = row.cell.operation.label
        batch = "\(row.cell.batch)"
        consumers = "\(row.cell.consumers)"
        queue = row.cell.backlog.label
        library = decimal(row.libraryRate, 0)
        c = decimal(row.cRate, 0)
        ceiling = row.redisBenchmarkRate.map { decimal($0, 0) } ?? ""
        ofC = decimal(row.ofC, 2)
        ofEmpty = row.ofEmpty.map { decimal($0, 2) } ?? ""
        cpu = decimal(row.libraryCPU, 2)
        cCPU = decimal(row.cCPU, 2)
        server = decimal(row.serverTime, 2)
        targets = row.targets.map(\.description).joined(separator: ", ")
    }

    init(_ operation: String, _ queue: String, _ target: Target) {
        self.operation = operation
        self.queue = queue
        targets = target.description
    }
}

extension Surroundings {
    struct Check {
        let what: String
        let queue: String
        let target: Target
    }

    var targets: [Check] {
        [
            Check(
                what: "memory of a waiting job", queue: "\(jobs) waiting",
                target: Target("bytes", bytesPerJob, atMost: 300)),
            Check(what: "idle consumer, memory", queue: "empty", target: Target("MB", idleMegabytes, atMost: 17)),
            Check(
                what: "idle consumer, commands", queue: "empty", target: Target("a second", idleCommands, atMost: 2)),
        ]
    }

    fileprivate var lines: [Line] {
        targets.map { Line($0.what, $0.queue, $0.target) }
    }
}
