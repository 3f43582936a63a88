import RunLedger

/// Points and their records, for an exploration of six parameters with four outputs. Each is derived from a number, so
/// that none has to be stored.
enum Sample {
    static let schema = ExplorationSchema(
        name: "benchmark", table: "benchmark",
        parameters: (1...6).map { .init(name: "p\($0)") }, outputs: (1...4).map { .init(name: "out\($0)", unit: "K") },
        digest: "4a44dc15364204a80fe80e9039455cc1608281820fe2b24f1e5233ade6af1dd5", definition: "name: benchmark\n")

    static let modelVersion = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

    /// The hash of a point: evenly distributed, like real ones (SplitMix64).
    static func hash(_ number: Int) -> [UInt8] {
        var state = UInt64(number) &* 4
        return (0..<4).flatMap { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return withUnsafeBytes(of: word ^ (word >> 31)) { Array($0) }
        }
    }

    static func point(_ number: Int) -> QueuedPoint {
        let values = (1...6).map { Double(number % (7 * $0)) / 1000 }
        return QueuedPoint(
            hash: hash(number), code: "\(number)," + values.map { "\($0)" }.joined(separator: ","), values: values,
            parent: hash(number / 6))
    }

    static func running(_ number: Int) -> Attempt {
        Attempt(
            hash: hash(number), token: 1_790_000_000_000_000 + UInt64(number), attempt: 1,
            worker: "worker@node-\(number % 64):\(4_000 + number % 997):1x2y3z", host: "node-\(number % 64)",
            model: "column-model", modelVersion: modelVersion, startedAt: 1_790_000_000_000_000 + Int64(number),
            explorationDigest: schema.digest, softwareVersion: "0.1.0")
    }

    static func completed(_ number: Int) -> CompletedRecord {
        let attempt = running(number)
        return CompletedRecord(
            attempt: attempt, endedAt: attempt.startedAt + 40_000, verdict: number % 3 == 0 ? .unstable : .stable,
            outputs: (1...4).map { Double(number % 1000) / Double($0) }, iterations: 120 + number % 50,
            message: "converged to 0.01 K", artifact: "file:///srv/atmos/artifacts/ab/cd/\(number)/",
            peakMemory: 12_000_000, logTail: "step 120: residual 0.0099 K\nconverged", exitStatus: "exit 0")
    }
}
