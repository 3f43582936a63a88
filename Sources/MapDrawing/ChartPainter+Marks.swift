internal import Glibc

extension ChartPainter {
    /// Draws all points: areas at the bottom, then stable points, then symbols.
    func drawMarks() {
        let groups = Dictionary(grouping: data.marks.indices, by: { data.marks[$0].state })
        if let cells, style.symbolSize == nil {
            for state in Self.others { drawArea(state, cells.joined(groups[state] ?? [])) }
        }
        drawStable(groups[.stable] ?? [])
        if let size = style.symbolSize {
            for state in Self.others {
                for number in groups[state] ?? [] { symbol(state, frame.centre(data.marks[number]), size: size) }
                paintSymbols(state, size: size)
            }
        }
    }

    /// Every state but stable, with the most important one on top.
    private static let others: [MapPointState] = [.other, .unstable, .error]

    /// Draws a star at the start point.
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
        // One path for all points of a colour keeps files small. Ascending colours keep the order the same in every
        // drawing.
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
                // At this size, squares look the same as circles and cost a quarter.
                let half = diameter / 2
                canvas.rectangle(Rectangle(left: x - half, top: y - half, right: x + half, bottom: y + half))
            }
        }
        canvas.fill(paint, keepingPath: true)
        canvas.stroke(outlined ? Theme.ink : paint, width: outlined ? 0.7 : 0.01)
    }

    // MARK: Other points

    func symbol(_ state: MapPointState, _ centre: (x: Double, y: Double), size: Double) {
        let half = size / 2
        switch state {
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

    func paintSymbols(_ state: MapPointState, size: Double) {
        switch state {
        case .unstable: canvas.stroke(Theme.unstable, width: min(max(size / 5, 0.6), 1.5))
        case .error:
            canvas.fill(Theme.paper, keepingPath: true)
            canvas.stroke(Theme.error, width: min(max(size / 5, 0.6), 1.5))
        case .other, .stable: canvas.fill(Theme.other)
        }
    }

    /// Draws an area for symbols that would overlap: hatched if unstable, in a colour otherwise.
    private func drawArea(_ state: MapPointState, _ cells: [Rectangle]) {
        for cell in cells { canvas.rectangle(cell) }
        let paint =
            switch state {
            case .unstable: Theme.unstableArea
            case .error: Theme.error
            case .other, .stable: Theme.other
            }
        canvas.fillSeamlessly(paint)
        if state == .unstable {
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
