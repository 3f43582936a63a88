internal import Synchronization

/// The help texts of metrics, which `/metrics` writes as `# HELP`. swift-metrics has no place for them.
package enum MetricHelp {
    private static let texts = Mutex<[String: String]>([:])

    /// Registers the help text of a metric and returns the metric's name, for use as a label:
    /// `Counter(label: MetricHelp.name("atmos_retries_total", "Runs of points that had been tried before."))`.
    package static func name(_ name: String, _ text: String) -> String {
        texts.withLock { $0[name] = text }
        return name
    }

    /// Returns the help text of a metric; `nil` if none was registered.
    package static func text(of name: String) -> String? {
        texts.withLock { $0[name] }
    }
}
