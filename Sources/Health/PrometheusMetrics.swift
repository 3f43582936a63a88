package import CoreMetrics
internal import Synchronization

/// The figures that a process keeps of itself by swift-metrics, in Prometheus' text format.
///
/// A recorder and a timer become a histogram, a timer in seconds; a gauge is what was set last. Series of one name differ by
/// their dimensions, which become labels.
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

    package init() {}

    /// All series, those of one name together, as `text/plain; version=0.0.4`.
    package var text: String {
        let all = series.withLock { $0 }
        let names = Dictionary(grouping: all, by: \.key.name).sorted { $0.key < $1.key }
        return names.map { name, members in
            let sorted = members.sorted { $0.key.labels.lexicographicallyPrecedes($1.key.labels) }
            let head = "# TYPE \(name) \(sorted[0].value.kind.rawValue)\n"
            return head + sorted.map { $0.value.lines(name, $0.key.labels) }.joined()
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

    // Series live as long as the process: a handler that is made anew goes on counting where it was.
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

    /// A name with a `_` for whatever a name may not hold.
    private static func identifier(_ name: String) -> String {
        let letters = name.unicodeScalars.map { scalar -> Character in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)) ? Character(scalar) : "_"
        }
        return letters.first?.isNumber == true ? "_" + String(letters) : String(letters)
    }
}
