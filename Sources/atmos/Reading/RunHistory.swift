internal import Hashing
internal import RunLedger

/// A point's row and its attempts, as text.
struct RunHistory {
    let exploration: RegisteredExploration
    let run: RunRow
    let attempts: [AttemptRow]
    var text: String { "" }
}
