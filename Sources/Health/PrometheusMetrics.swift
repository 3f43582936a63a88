package import CoreMetrics
internal import Synchronization

/// A metric's name, and the sentence that explains it.
package struct MetricName: Sendable {
    package let label: String
    let help: String

    package init(_ label: String, _ help: String) {
        self.label = label
        self.help = help
    }

    /// The sentences by the metrics' names, for ``PrometheusMetrics/init(help:)``.
    package static func help(_ names: [MetricName]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: names.map { ($0.label, $0.help) })
    }
}

/// A swift-metrics backend that writes the metrics of the process in Prometheus' text format.
///
/// Recorders and timers become histograms, timers in seconds. A gauge has the last recorded value. Dimensions become
/// labels.
package final class PrometheusMetrics: MetricsFactory {
    private struct Key: Hashable {
        let name: String
        let labels: [Label]
    }

    struct Label: Hashable, Comparable {
        let name: String
        let value: String

        static func < (one: Self, other: Self) -> Bool { one.name < other.name }
    }

    private let series = Mutex<[Key: PrometheusSeries]>([:])

    private let help: [String: String]

    /// - Parameter help: the sentence that explains each metric, by the metric's name.
    package init(help: [String: String] = [:]) {
        self.help = help
    }

    /// All series, grouped by name, as `text/plain; version=0.0.4`.
    package var text: String {
        let all = series.withLock { $0 }
        let names = Dictionary(grouping: all, by: \.key.name).sorted { $0.key < $1.key }
        return names.map { name, members in
            let sorted = members.sorted { $0.key.labels.lexicographicallyPrecedes($1.key.labels) }
            let help = help[name].map { "# HELP \(name) \(Self.escapedHelp($0))\n" } ?? ""
            let type = "# TYPE \(name) \(sorted[0].value.kind.rawValue)\n"
            return help + type + sorted.map { $0.value.lines(name, $0.key.labels) }.joined()
        }.joined()
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions, aggregate ? .histogram : .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram)
    }

    // Series live as long as the process: a handler that is created again continues its series.
    package func destroyCounter(_: any CounterHandler) {}
    package func destroyMeter(_: any MeterHandler) {}
    package func destroyRecorder(_: any RecorderHandler) {}
    package func destroyTimer(_: any TimerHandler) {}

    private func series(
        _ label: String, _ dimensions: [(String, String)], _ kind: PrometheusSeries.Kind
    ) -> PrometheusSeries {
        let labels = dimensions.map { Label(name: Self.identifier($0.0), value: $0.1) }.sorted()
        return series.withLock { series in
            let key = Key(name: Self.identifier(label), labels: labels)
            if let known = series[key] { return known }
            let new = PrometheusSeries(kind)
            series[key] = new
            return new
        }
    }

    private static func escapedHelp(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    /// The name with `_` for every character that Prometheus does not allow.
    private static func identifier(_ name: String) -> String {
        let letters = name.unicodeScalars.map { scalar -> Character in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)) ? Character(scalar) : "_"
        }
        return letters.first?.isNumber == true ? "_" + String(letters) : String(letters)
    }
}

/// One series: a counter, a gauge or a histogram.
final class PrometheusSeries: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// The upper bounds of a histogram's buckets, for times from a millisecond to hours and for counts up to thousands.
    static let bounds: [Double] = [
        0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000,
    ]

    private struct State {
        /// The value of a counter or a gauge; the sum of a histogram.
        var value = 0.0
        var count = 0
        /// The number of values in each bucket: above the previous bound and up to its own.
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

    /// Returns the lines of the series in the text format.
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
