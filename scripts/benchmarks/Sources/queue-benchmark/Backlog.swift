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
