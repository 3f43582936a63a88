/// One thing that is measured: an operation under one set of circumstances.
struct Cell: Hashable, Codable {
    enum Operation: String, Codable, CaseIterable {
        case fused, task, separate, enqueue, extend

        var label: String {
            switch self {
            case .fused: "complete and lease, fused"
            case .task: "complete and lease, ordinary task"
            case .separate: "lease, then complete"
            case .enqueue: "enqueue"
            case .extend: "extend"
            }
        }

        /// The C program's name for the operation: it has no tasks.
        var ofC: String { self == .task ? Cell.Operation.fused.rawValue : rawValue }
    }

    var operation: Operation
    var batch: Int
    var consumers: Int
    var backlog: Backlog

    /// The number of jobs of a round: enough for about a fifth of a second.
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

    /// All cells; `quick` leaves out those that take long and are less informative.
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

/// The other jobs in the queue.
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

/// A program that is measured.
enum Contestant: String, Codable, CaseIterable {
    case library
    case c
    case redisBenchmark
}
