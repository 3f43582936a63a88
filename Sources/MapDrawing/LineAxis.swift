/// An axis of a ``LineChart``.
package struct LineAxis: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// From 0 to 1, shown in percent.
        case share
        case linear
        case logarithmic
    }

    package var label: String
    package var kind: Kind
    /// The value at which the axis begins; above zero if it is logarithmic.
    package var lowest: Double
    /// A value that the axis includes in any case.
    package var highest: Double?

    /// - Parameters:
    ///   - lowest: by default zero, or 1 if it is logarithmic.
    ///   - highest: by default the largest value.
    package init(label: String, kind: Kind, lowest: Double? = nil, highest: Double? = nil) {
        self.highest = highest
        self.label = label
        self.kind = kind
        self.lowest = lowest ?? (kind == .logarithmic ? 1 : 0)
    }

    /// The scaled beginning.
    var start: Double { AxisModel.scaled(lowest, scale) ?? 0 }

    private var scale: MapAxis.Scale { kind == .logarithmic ? .logarithmic : .linear }

    /// The scaled value; `nil` if it has no place on the axis.
    func scaled(_ value: Double) -> Double? {
        AxisModel.scaled(value, scale).flatMap { $0 >= start ? $0 : nil }
    }

    /// The scaled end of an axis that includes these values.
    func end(for values: some Sequence<Double>) -> Double {
        let values = Array(values) + [highest].compactMap(\.self)
        return switch kind {
        case .share: 1
        case .linear: values.compactMap(scaled).max().flatMap { $0 > start ? $0 : nil } ?? start + 1
        case .logarithmic: max(start + 1, values.compactMap(scaled).max() ?? start + 1)
        }
    }

    /// The labelled ticks up to an end.
    func ticks(to end: Double) -> [(position: Double, label: RichText)] {
        guard kind != .share else {
            return stride(from: 0, through: 100, by: 25).map { (Double($0) / 100, RichText("\($0) %")) }
        }
        return Tick.ticks(start...end, scale, wanted: 5).compactMap { tick in tick.label.map { (tick.position, $0) } }
    }
}
