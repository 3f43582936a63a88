/// What came out for one cell: of each contestant the best of its rounds, for whatever else the machine does can only slow
/// one down, and on a busy machine it slows most rounds down. All rounds are kept.
struct Row: Codable {
    var cell: Cell
    var libraryRate: Double
    var cRate: Double
    var redisBenchmarkRate: Double?
    /// The library's rate as a share of the C program's.
    var ofC: Double
    /// The library's rate as a share of its own on an empty queue.
    var ofEmpty: Double?
    /// Microseconds for a job.
    var libraryCPU: Double
    var cCPU: Double
    var cpuOfC: Double
    var serverTime: Double
    var rounds: [Contestant.RawValue: [Sample]]

    init(_ cell: Cell, _ samples: [Contestant: [Sample]], empty: [Sample]?) {
        self.cell = cell
        let library = samples[.library] ?? []
        let c = samples[.c] ?? []
        libraryRate = library.map(\.rate).max() ?? 0
        cRate = c.map(\.rate).max() ?? 0
        redisBenchmarkRate = samples[.redisBenchmark]?.map(\.rate).max()
        ofC = libraryRate / cRate
        ofEmpty = empty?.map(\.rate).max().map { [libraryRate] in libraryRate / $0 }
        libraryCPU = library.compactMap(\.clientCPU).min() ?? 0
        cCPU = c.compactMap(\.clientCPU).min() ?? 0
        cpuOfC = libraryCPU / cCPU
        serverTime = library.map(\.serverTime).min() ?? 0
        rounds = Dictionary(uniqueKeysWithValues: samples.map { ($0.rawValue, $1) })
    }

    /// What the row must show.
    var targets: [Target] {
        var targets: [Target] = []
        if cell.operation == .fused, cell.consumers == 1, cell.backlog == .empty {
            switch cell.batch {
            case 1:
                targets.append(Target("of C", ofC, atLeast: 0.85))
                targets.append(Target("CPU of C", cpuOfC, atMost: 1.5))
            case 16: targets.append(Target("CPU µs", libraryCPU, atMost: 3))
            default: targets.append(Target("of C", ofC, atLeast: 0.6))
            }
        }
        if let ofEmpty { targets.append(Target("of empty", ofEmpty, atLeast: 0.8)) }
        return targets
    }
}
