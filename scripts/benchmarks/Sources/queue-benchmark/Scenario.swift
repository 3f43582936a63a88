/// One thing that is measured: an operation under one set of circumstances.
struct Cell: Hashable, Codable {
    enum Operation: String, Codable, CaseIterable {
        case fused, task, separate, enqueue, extend

        var label: String {
            switch self {
            case .fused: "complete and lease, fused"
            case .task: "the same, ordinary task"
            case .separate: "lease, then complete"
            case .enqueue: "enqueue"
            case .extend: "extend"
            }
        }

        /// How the C program calls the same: it knows no tasks.
        var ofC: String { self == .task ? Cell.Operation.fused.rawValue : rawValue }
    }

    var operation: Operation
    var batch: Int
    var consumers: Int
    var backlog: Backlog

    /// How many jobs a round takes: about a fifth of a second.
    var jobs: Int {
        let jobs =
            switch batch {
            case 1: 4_000
            case 16: 16_000
            default: 32_000
            }
        return operation == .extend ? 2 * jobs : jobs
    }

    /// Whether redis-benchmark can do it.
    var hasCeiling: Bool { operation == .fused && consumers == 1 && backlog == .empty }

    /// Everything that is measured; `quick` leaves out what takes long and says little.
    static func all(quick: Bool) -> [Cell] {
        var cells: [Cell] = []
        for operation in Operation.allCases {
            for batch in [1, 16, 64] {
                let backlogs = quick ? [.empty, .tenThousandWaiting, .tenThousandHeld] : Backlog.allCases
                for backlog in backlogs where operation != .task || backlog == .empty {
                    cells.append(Cell(operation: operation, batch: batch, consumers: 1, backlog: backlog))
                }
                if !quick { cells.append(Cell(operation: operation, batch: batch, consumers: 2, backlog: .empty)) }
            }
        }
        return cells
    }
}

/// What lies in the queue besides the jobs that are worked on.
enum Backlog: String, CaseIterable, Codable {
    case empty
    case tenThousandWaiting
    case millionWaiting
    case tenThousandHeld

    var label: String {
        switch self {
        case .empty: "empty"
        case .tenThousandWaiting: "10,000 waiting"
        case .millionWaiting: "1,000,000 waiting"
        case .tenThousandHeld: "10,000 leased by others"
        }
    }

    var waiting: Int {
        switch self {
        case .empty, .tenThousandHeld: 0
        case .tenThousandWaiting: 10_000
        case .millionWaiting: 1_000_000
        }
    }

    var held: Int { self == .tenThousandHeld ? 10_000 : 0 }

    var namespace: String { "benchmark:\(rawValue)" }
}

/// Who does the work.
enum Contestant: String, Codable, CaseIterable {
    case library
    case c
    case redisBenchmark
}
