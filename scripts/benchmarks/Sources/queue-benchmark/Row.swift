/// What came out for one cell: medians over the rounds.
struct Row: Codable {
    var cell: Cell
    var libraryRate: Double
    var cRate: Double
    var redisBenchmarkRate: Double?
    /// The library's rate as a share of the C program's in the same round.
    var ofC: Double
    /// The library's rate as a share of its own on an empty queue in the same round.
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
        libraryRate = median(library.map(\.rate))
        cRate = median(c.map(\.rate))
        redisBenchmarkRate = samples[.redisBenchmark].map { median($0.map(\.rate)) }
        ofC = median(zip(library, c).map { $0.rate / $1.rate })
        ofEmpty = empty.map { median(zip(library, $0).map { $0.rate / $1.rate }) }
        libraryCPU = median(library.compactMap(\.clientCPU))
        cCPU = median(c.compactMap(\.clientCPU))
        cpuOfC = median(zip(library, c).map { ($0.clientCPU ?? 0) / ($1.clientCPU ?? 1) })
        serverTime = median(library.map(\.serverTime))
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

/// The middle one of some numbers; 0 where there is none.
func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
