/// The data of a chart: one mark for each place, and all ranges.
struct ChartData {
    /// The mark at one place of the map.
    struct Mark: Equatable {
        /// The indices of the place on the axes.
        let column: Int
        let row: Int
        let state: MapPointState
        /// The index of its colour, if it is stable and its value is known.
        let colour: Int?
    }

    let x: AxisModel
    let y: AxisModel
    /// In drawing order, which does not depend on the order of the points.
    let marks: [Mark]
    /// The values that the colours represent; `nil` if there are none.
    let values: ClosedRange<Double>?
    /// The numbers in the legend, without zeros.
    let counts: [MapPointState: Int]
    /// The scaled start, if it has a place on the axes.
    let start: MapPosition?
    /// The number of points without a place on the axes.
    let leftOut: Int
    /// Whether there is a colour scale and a stable point without a value.
    let hasUnknownValues: Bool

    init(_ chart: MapChart) throws(MapDrawingError) {
        func scaled(_ position: MapPosition) -> MapPosition? {
            guard let x = AxisModel.scaled(position.x, chart.x.scale),
                let y = AxisModel.scaled(position.y, chart.y.scale)
            else { return nil }
            return MapPosition(x: x, y: y)
        }
        let placed = chart.points.compactMap { point in scaled(point.position).map { (place: $0, point: point) } }
        guard !placed.isEmpty else {
            let reason =
                chart.points.isEmpty
                ? "there are no points to draw" : "none of the \(chart.points.count) points has a place on the axes"
            throw MapDrawingError(
                code: .nothingToDraw,
                description: "\(reason); a logarithmic axis shows numbers above zero only, and no axis NaN or infinity")
        }
        leftOut = chart.points.count - placed.count
        start = chart.start.flatMap(scaled)
        let x = AxisModel(chart.x, values: placed.map(\.place.x), others: start.map { [$0.x] } ?? [])
        let y = AxisModel(chart.y, values: placed.map(\.place.y), others: start.map { [$0.y] } ?? [])
        let values = chart.colour == nil ? nil : Self.range(placed.compactMap { Self.value(of: $0.point) })

        // Choose one point for each place, then sort.
        var winners: [Int: MapPoint] = [:]
        for (place, point) in placed {
            let key = y.place(nearest: place.y) * x.places.count + x.place(nearest: place.x)
            if let other = winners[key], !Self.comes(other, before: point) { continue }
            winners[key] = point
        }
        marks =
            winners.map { key, point in
                let colour = values.flatMap { range in
                    Self.value(of: point).map { ColourMap.index(of: $0, in: range) }
                }
                return Mark(
                    column: key % x.places.count, row: key / x.places.count, state: point.state, colour: colour)
            }.sorted { left, right in
                (left.state.rawValue, left.row, left.column) < (right.state.rawValue, right.row, right.column)
            }
        self.x = x
        self.y = y
        self.values = values
        counts =
            chart.counts?.filter { $0.value > 0 }
            ?? Dictionary(grouping: placed, by: \.point.state).mapValues(\.count)
        hasUnknownValues = values != nil && marks.contains { $0.state == .stable && $0.colour == nil }
    }

    private static func value(of point: MapPoint) -> Double? {
        guard point.state == .stable, let value = point.value else { return nil }
        return AxisModel.scaled(value, .linear)
    }

    private static func comes(_ left: MapPoint, before right: MapPoint) -> Bool {
        if left.state != right.state { return left.state < right.state }
        return (value(of: left) ?? -.infinity) < (value(of: right) ?? -.infinity)
    }

    private static func range(_ values: [Double]) -> ClosedRange<Double>? {
        guard let lowest = values.min(), let highest = values.max() else { return nil }
        if highest > lowest { return lowest...highest }
        // A single value is in the middle of a small range.
        let margin = lowest == 0 ? 1 : abs(lowest) / 100
        return (lowest - margin)...(lowest + margin)
    }
}
