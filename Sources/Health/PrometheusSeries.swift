internal import CoreMetrics
internal import Synchronization

/// One series of figures: a counter, a gauge or a histogram.
final class PrometheusSeries: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// The upper bounds of a histogram's buckets: from a millisecond, or one, to hours, or thousands.
    static let bounds: [Double] = [
        0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000,
    ]

    private struct State {
        /// Of a counter and a gauge the value, of a histogram the sum.
        var value = 0.0
        var count = 0
        /// How many values were at most each of the bounds, and above the one before.
        var buckets = [Int](repeating: 0, count: bounds.count)
    }

    let kind: Kind
    private let state = Mutex(State())

    init(_ kind: Kind) {
        self.kind = kind
    }

    func increment(by amount: Int64) { add(Double(amount)) }
    func increment(by amount: Double) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { state.withLock { $0.value = value } }
    func reset() { state.withLock { $0 = State() } }
    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Double) {
        guard kind == .histogram else { return set(value) }
        state.withLock { state in
            state.value += value
            state.count += 1
            if let index = Self.bounds.firstIndex(where: { value <= $0 }) { state.buckets[index] += 1 }
        }
    }

    private func add(_ amount: Double) {
        state.withLock { $0.value += amount }
    }

    /// The series' lines of the text format.
    func lines(_ name: String, _ labels: [PrometheusMetrics.Label]) -> String {
        let state = state.withLock { $0 }
        guard kind == .histogram else { return "\(name)\(Self.text(labels)) \(Self.text(state.value))\n" }
        var text = ""
        var sum = 0
        for (bound, count) in zip(Self.bounds, state.buckets) {
            sum += count
            text += "\(name)_bucket\(Self.text(labels, below: Self.text(bound))) \(sum)\n"
        }
        text += "\(name)_bucket\(Self.text(labels, below: "+Inf")) \(state.count)\n"
        text += "\(name)_sum\(Self.text(labels)) \(Self.text(state.value))\n"
        return text + "\(name)_count\(Self.text(labels)) \(state.count)\n"
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    private static func text(_ labels: [PrometheusMetrics.Label], below bound: String? = nil) -> String {
        let all = labels.map { "\($0.name)=\"\(escaped($0.value))\"" } + (bound.map { ["le=\"\($0)\""] } ?? [])
        return all.isEmpty ? "" : "{\(all.joined(separator: ","))}"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
