/// The form of the marks, chosen by their number and distance.
struct MarkStyle {
    enum Shape: Equatable {
        /// Rectangles that fill the grid, as in a heat map.
        case cells
        /// Separate marks of this diameter.
        case marks(diameter: Double)
    }

    let shape: Shape
    /// The size of a cross or triangle; `nil` if they would overlap, and areas take their place.
    let symbolSize: Double?
    /// The width of the white border of a cell.
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

/// The plot's rectangle and its axes, for conversion from scaled values to pixels.
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

/// The rectangles of marks on a map of cells.
///
/// A cell extends half-way to the next mark in its row and in its column. Only existing marks count: a start off the
/// grid narrows the cells next to it, not a whole row.
struct CellLayout {
    /// The rectangles in pixels, in the order of the marks.
    let cells: [Rectangle]

    init(_ data: ChartData, _ frame: PlotFrame) {
        let marks = data.marks
        let rows = Self.extents(marks.indices.sorted { marks[$0].isBefore(marks[$1], along: \.column, in: \.row) }) {
            marks[$0].row == marks[$1].row
        } extent: { number, previous, next in
            data.x.extent(
                of: marks[number].column, previous: previous.map { marks[$0].column },
                next: next.map { marks[$0].column })
        }
        let columns = Self.extents(marks.indices.sorted { marks[$0].isBefore(marks[$1], along: \.row, in: \.column) }) {
            marks[$0].column == marks[$1].column
        } extent: { number, previous, next in
            data.y.extent(
                of: marks[number].row, previous: previous.map { marks[$0].row }, next: next.map { marks[$0].row })
        }
        cells = marks.indices.map { number in
            Rectangle(
                left: frame.x(rows[number].lowerBound), top: frame.y(columns[number].upperBound),
                right: frame.x(rows[number].upperBound), bottom: frame.y(columns[number].lowerBound))
        }
    }

    /// The rectangles of marks with the same paint, given by their indices in row order. Those that touch in a row are
    /// merged.
    func joined(_ numbers: [Int]) -> [Rectangle] {
        var joined: [Rectangle] = []
        for number in numbers {
            let cell = cells[number]
            if let last = joined.last, last.top == cell.top, last.bottom == cell.bottom, last.right == cell.left {
                joined[joined.count - 1].right = cell.right
            } else {
                joined.append(cell)
            }
        }
        return joined
    }

    /// Calls `extent` for each mark with its neighbours on the same line, and returns the results in the order of the
    /// marks.
    private static func extents(
        _ order: [Int], onOneLine: (Int, Int) -> Bool, extent: (Int, Int?, Int?) -> ClosedRange<Double>
    ) -> [ClosedRange<Double>] {
        var extents = [ClosedRange<Double>](repeating: 0...0, count: order.count)
        for (position, number) in order.enumerated() {
            let previous = position > 0 ? order[position - 1] : nil
            let next = position + 1 < order.count ? order[position + 1] : nil
            extents[number] = extent(
                number, previous.flatMap { onOneLine($0, number) ? $0 : nil },
                next.flatMap { onOneLine($0, number) ? $0 : nil })
        }
        return extents
    }
}

extension ChartData.Mark {
    fileprivate func isBefore(_ other: Self, along: KeyPath<Self, Int>, in line: KeyPath<Self, Int>) -> Bool {
        (self[keyPath: line], self[keyPath: along]) < (other[keyPath: line], other[keyPath: along])
    }
}
