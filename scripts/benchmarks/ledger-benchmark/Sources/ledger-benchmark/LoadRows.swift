/// The rows that the ledger's operations leave, as LOAD DATA takes them.
enum LoadRows {
    /// Of the exploration's table.
    static func runs(
        _ phase: Phase, _ numbers: Range<Int>, in folder: String
    ) throws -> LoadFile {
        let point = ["hash", "code"] + (1...6).map { "p\($0)" } + ["parent", "state", "queued_at"]
        let attempt = ["started_at", "attempt_count", "worker", "model", "model_version", "token"]
        let end = ["ended_at", "run_time", "verdict", "iterations", "message", "artifact"] + (1...4).map { "out\($0)" }
        let columns = point + (phase == .queued ? [] : attempt) + (phase == .completed ? end : [])
        return try LoadFile("runs", in: folder, columns: columns, count: numbers.count) { index in
            let number = numbers.lowerBound + index
            let point = Sample.point(number)
            var fields: [LoadFile.Field] = [.bytes(point.hash), .text(point.code)]
            fields += point.values.map { .number($0) }
            fields += [
                point.parent.map { .bytes($0) } ?? .null, .text(phase.rawValue), .time(1_790_000_000_000_000),
            ]
            if phase == .queued { return fields }
            let completed = Sample.completed(number)
            let run = completed.run
            fields += [
                .time(run.startedAt), .integer(1), .text(run.worker), .text(run.model), .text(run.modelVersion),
                .integer(Int64(run.token)),
            ]
            if phase == .running { return fields }
            return fields + [
                .time(completed.endedAt), .number(0.04), .text(completed.verdict.rawValue),
                .integer(Int64(completed.iterations ?? 0)), .text(completed.message),
                .text(completed.artifact ?? ""),
            ] + completed.outputs.map { .number($0 ?? 0) }
        }
    }

    /// Of the history.
    static func attempts(_ phase: Phase, _ numbers: Range<Int>, in folder: String) throws -> LoadFile {
        let begun = [
            "exploration_id", "hash", "token", "attempt", "worker", "host", "model", "model_version", "started_at",
            "exploration_digest", "software_version", "state",
        ]
        let end = ["ended_at", "message", "log_tail", "exit_status", "peak_memory", "artifact"]
        let columns = begun + (phase == .completed ? end : [])
        return try LoadFile("attempts", in: folder, columns: columns, count: numbers.count) { index in
            let completed = Sample.completed(numbers.lowerBound + index)
            let run = completed.run
            let fields: [LoadFile.Field] = [
                .integer(1), .bytes(run.hash), .integer(Int64(run.token)), .integer(1), .text(run.worker),
                .text(run.host), .text(run.model), .text(run.modelVersion), .time(run.startedAt),
                .text(run.explorationDigest ?? ""), .text(run.softwareVersion ?? ""), .text(phase.rawValue),
            ]
            if phase == .running { return fields }
            return fields + [
                .time(completed.endedAt), .text(completed.message), .text(completed.logTail ?? ""),
                .text(completed.exitStatus ?? ""), .integer(completed.peakMemory ?? 0),
                .text(completed.artifact ?? ""),
            ]
        }
    }
}

/// What is told of a point, in the order in which it is told.
enum Phase: String, CaseIterable {
    case queued
    case running
    case completed
}
