/// An axis of a ``LineChart``. It begins at zero, a logarithmic one at 1.
package struct LineAxis: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// From 0 to 1, shown in percent.
        case share
        case linear
        case logarithmic
    }

    package var label: String
    package var kind: Kind

    package init(label: String, kind: Kind) {
        self.label = label
        self.kind = kind
    }

    private var scale: MapAxis.Scale { kind == .logarithmic ? .logarithmic : .linear }

    /// A value where the axis has it; nil where it has none.
    func scaled(_ value: Double) -> Double? {
        AxisModel.scaled(value, scale).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// The end of the axis that has room for these values, scaled.
    func end(for values: some Sequence<Double>) -> Double {
        switch kind {
        case .share: 1
        case .linear: values.compactMap(scaled).max().flatMap { $0 > 0 ? $0 : nil } ?? 1
        case .logarithmic: max(1, values.compactMap(scaled).max() ?? 1)
        }
    }

    /// The ticks up to an end that have a label.
    func ticks(to end: Double) -> [(position: Double, label: RichText)] {
        guard kind != .share else {
            return stride(from: 0, through: 100, by: 25).map { (Double($0) / 100, RichText("\($0) %")) }
        }
        return Tick.ticks(0...end, scale, wanted: 5).compactMap { tick in tick.label.map { (tick.position, $0) } }
    }
}
