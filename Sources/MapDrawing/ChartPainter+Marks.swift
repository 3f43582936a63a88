internal import Glibc

extension ChartPainter {
    /// All points: areas at the bottom, then the stable ones, and symbols over everything.
    func drawMarks() {
        let groups = Dictionary(grouping: data.marks.indices, by: { data.marks[$0].verdict })
        if let cells, style.symbolSize == nil {
            for verdict in Self.others { drawArea(verdict, cells.joined(groups[verdict] ?? [])) }
        }
        drawStable(groups[.stable] ?? [])
        if let size = style.symbolSize {
            for verdict in Self.others {
                for number in groups[verdict] ?? [] { symbol(verdict, frame.centre(data.marks[number]), size: size) }
                paintSymbols(verdict, size: size)
            }
        }
    }

    /// Every verdict but stable, from the least to the most important to see.
    private static let others: [MapVerdict] = [.other, .unstable, .error]

    /// The star at the place where the exploration began.
    func drawStart() {
        guard let start = data.start else { return }
        star((frame.x(start.x), frame.y(start.y)))
    }

    func star(_ centre: (x: Double, y: Double)) {
        let corners = (0..<10).map { number -> (x: Double, y: Double) in
            let angle = Double(number) * .pi / 5
            let radius = number % 2 == 0 ? 7.5 : 3.2
            return (centre.x + radius * sin(angle), centre.y - radius * cos(angle))
        }
        canvas.polygon(corners)
        canvas.stroke(Theme.paper, width: 4.5)
        canvas.polygon(corners)
        canvas.fill(Theme.paper, keepingPath: true)
        canvas.stroke(Theme.ink, width: 1.5)
    }

    // MARK: Stable points

    private func drawStable(_ numbers: [Int]) {
        // One path for all points of a colour keeps files small; the colours ascend, so the order is the same always.
        let byColour = Dictionary(grouping: numbers, by: { data.marks[$0].colour ?? -1 })
        for (colour, numbers) in byColour.sorted(by: { $0.key < $1.key }) {
            let paint = colour >= 0 ? ColourMap.colours[colour] : hasColours ? ColourMap.unknown : Theme.stable
            if let cells {
                drawCells(cells, numbers, paint)
            } else if case .marks(let diameter) = style.shape {
                drawSeparate(numbers.map { data.marks[$0] }, diameter: diameter, paint)
            }
        }
    }

    private func drawCells(_ cells: CellLayout, _ numbers: [Int], _ paint: Colour) {
        if style.cellInset > 0 {
            for number in numbers { canvas.rectangle(cells.cells[number].inset(style.cellInset)) }
            canvas.fill(paint)
        } else {
            for cell in cells.joined(numbers) { canvas.rectangle(cell) }
            canvas.fillSeamlessly(paint)
        }
    }

    private func drawSeparate(_ marks: [ChartData.Mark], diameter: Double, _ paint: Colour) {
        let outlined = diameter >= 5
        for mark in marks {
            let (x, y) = frame.centre(mark)
            if outlined {
                canvas.circle(x, y, radius: diameter / 2)
            } else {
                // As small as this, squares look the same and cost a quarter.
                let half = diameter / 2
                canvas.rectangle(Rectangle(left: x - half, top: y - half, right: x + half, bottom: y + half))
            }
        }
        canvas.fill(paint, keepingPath: true)
        canvas.stroke(outlined ? Theme.ink : paint, width: outlined ? 0.7 : 0.01)
    }

    // MARK: Other points

    func symbol(_ verdict: MapVerdict, _ centre: (x: Double, y: Double), size: Double) {
        let half = size / 2
        switch verdict {
        case .unstable:
            canvas.line(centre.x - half, centre.y - half, centre.x + half, centre.y + half)
            canvas.line(centre.x - half, centre.y + half, centre.x + half, centre.y - half)
        case .error:
            canvas.polygon([
                (centre.x, centre.y - 1.1 * half), (centre.x + 1.1 * half, centre.y + 0.8 * half),
                (centre.x - 1.1 * half, centre.y + 0.8 * half),
            ])
        case .other, .stable:
            canvas.circle(centre.x, centre.y, radius: max(0.5 * half, 0.8))
        }
    }

    func paintSymbols(_ verdict: MapVerdict, size: Double) {
        switch verdict {
        case .unstable: canvas.stroke(Theme.unstable, width: min(max(size / 5, 0.6), 1.5))
        case .error:
            canvas.fill(Theme.paper, keepingPath: true)
            canvas.stroke(Theme.error, width: min(max(size / 5, 0.6), 1.5))
        case .other, .stable: canvas.fill(Theme.other)
        }
    }

    /// Where symbols would run together: the unstable region hatched, the others in their colour.
    private func drawArea(_ verdict: MapVerdict, _ cells: [Rectangle]) {
        for cell in cells { canvas.rectangle(cell) }
        let paint =
            switch verdict {
            case .unstable: Theme.unstableArea
            case .error: Theme.error
            case .other, .stable: Theme.other
            }
        canvas.fillSeamlessly(paint)
        if verdict == .unstable {
            for cell in cells { canvas.rectangle(cell) }
            canvas.crisply { canvas.clipped { hatch(layout.plot) } }
        }
    }

    func hatch(_ area: Rectangle) {
        for offset in stride(from: -area.height, to: area.width, by: 6) {
            canvas.line(area.left + offset, area.bottom, area.left + offset + area.height, area.top)
        }
        canvas.stroke(Theme.unstableHatching, width: 1)
    }
}
