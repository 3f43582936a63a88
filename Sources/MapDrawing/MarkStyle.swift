/// How points are shown: by what fits to their number and distance.
struct MarkStyle {
    enum Shape: Equatable {
        /// Rectangles that fill the grid, as in a heat map.
        case cells
        /// Separate marks of this diameter.
        case marks(diameter: Double)
    }

    let shape: Shape
    /// The size of a cross or triangle; nil where they would run together, and areas stand for them.
    let symbolSize: Double?
    /// What is left white at each edge of a cell.
    let cellInset: Double

    init(_ data: ChartData, _ frame: PlotFrame) {
        let horizontal = data.x.gap.map { $0 * frame.pixelsPerX } ?? .infinity
        let vertical = data.y.gap.map { $0 * frame.pixelsPerY } ?? .infinity
        let (smaller, larger) = (min(horizontal, vertical), max(horizontal, vertical))
        let count = data.marks.count
        // Points at random places have nearly as many columns and rows as there are points.
        let isGrid = data.x.places.count * data.y.places.count <= 12 * count

        if isGrid, larger <= 44, count >= 12 {
            shape = .cells
            symbolSize = smaller >= 6 ? min(0.42 * smaller, 8) : nil
            cellInset = smaller >= 9 ? 0.5 : 0
        } else {
            let spacing = (frame.plot.width * frame.plot.height / Double(count)).squareRoot()
            let diameter = min(max(0.6 * min(isGrid ? smaller : spacing, spacing), 2), 20)
            shape = .marks(diameter: diameter)
            symbolSize = min(max(0.72 * diameter, 1.5), 10)
            cellInset = 0
        }
    }
}

/// The plot's rectangle and what it shows: from scaled values to pixels.
struct PlotFrame {
    let plot: Rectangle
    let x: AxisModel
    let y: AxisModel

    var pixelsPerX: Double { plot.width / (x.range.upperBound - x.range.lowerBound) }
    var pixelsPerY: Double { plot.height / (y.range.upperBound - y.range.lowerBound) }

    func x(_ scaled: Double) -> Double { plot.left + (scaled - x.range.lowerBound) * pixelsPerX }
    func y(_ scaled: Double) -> Double { plot.bottom - (scaled - y.range.lowerBound) * pixelsPerY }

    func centre(_ mark: ChartData.Mark) -> (x: Double, y: Double) { (x(x.places[mark.column]), y(y.places[mark.row])) }
}
