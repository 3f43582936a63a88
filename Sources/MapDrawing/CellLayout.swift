/// The rectangles that stand for marks on a map of cells.
///
/// A cell reaches half-way to the next mark in its row and in its column. Only marks that are there count: a start that
/// lies off the grid narrows the cells beside it, and not a whole row.
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

    /// The rectangles of some marks of one paint, given by their numbers in the order of rows. Those that meet in a row
    /// become one.
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

    /// What `extent` says of each mark and its neighbours on the same line, in the order of the marks.
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
