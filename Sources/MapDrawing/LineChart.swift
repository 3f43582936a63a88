/// A sheet of panels with line plots.
package struct LineChart: Sendable {
    package struct Line: Sendable {
        /// The index of the line's name in ``names``.
        package var name: Int
        /// The points of the line, from left to right; points without a place on the axes are left out.
        package var places: [(x: Double, y: Double)]

        package init(name: Int, places: [(x: Double, y: Double)]) {
            self.name = name
            self.places = places
        }
    }

    package struct Panel: Sendable {
        package var title: String
        package var x: LineAxis
        package var y: LineAxis
        package var lines: [Line]

        package init(title: String, x: LineAxis, y: LineAxis, lines: [Line]) {
            self.title = title
            self.x = x
            self.y = y
            self.lines = lines
        }
    }

    package var title: String
    /// In the order of the legend; at most 8 have different colours.
    package var names: [String]
    /// Row by row.
    package var panels: [Panel]
    package var columns: Int
    package var panelSize: MapSize

    package init(
        title: String, names: [String], panels: [Panel], columns: Int,
        panelSize: MapSize = MapSize(width: 380, height: 270)
    ) {
        self.title = title
        self.names = names
        self.panels = panels
        self.columns = columns
        self.panelSize = panelSize
    }

    private static let head = 84.0

    package var size: MapSize {
        let rows = (panels.count + columns - 1) / columns
        return MapSize(
            width: Double(columns) * panelSize.width + 20,
            height: Double(rows) * panelSize.height + Self.head + 16)
    }

    /// Writes the sheet as an SVG and as a PNG, each atomically.
    ///
    /// - Throws: ``MapDrawingError``.
    package func write(svg: String, png: String) throws {
        try writeSVG(to: svg)
        try writePNG(to: png)
    }

    /// Writes the sheet as an SVG, atomically.
    ///
    /// - Throws: ``MapDrawingError``.
    package func writeSVG(to file: String) throws { try WholeFile.write(svg(), to: file) }

    /// Writes the sheet as a PNG, atomically.
    ///
    /// - Throws: ``MapDrawingError``.
    package func writePNG(to file: String) throws {
        try WholeFile.write(Picture.png(size, scale: 1.5, draw: draw), to: file)
    }

    /// The sheet as an SVG document.
    ///
    /// - Throws: ``MapDrawingError``.
    package func svg() throws -> [UInt8] {
        let axes = panels.map { "\($0.title): \($0.y.label) against \($0.x.label)" }
        let description = "\(names.joined(separator: ", ")). \(axes.joined(separator: "; "))"
        return try Picture.svg(size, title: title, description: description, draw: draw)
    }

    private func draw(on canvas: Canvas) {
        canvas.rectangle(Rectangle(left: 0, top: 0, right: size.width, bottom: size.height))
        canvas.fill(Theme.paper)
        canvas.draw(RichText(title), Theme.title, x: Theme.margin, y: 34, anchor: .start, colour: Theme.ink)
        legend(on: canvas)
        for (number, panel) in panels.enumerated() {
            let left = Double(number % columns) * panelSize.width + 10
            let top = Double(number / columns) * panelSize.height + Self.head
            draw(
                panel,
                in: Rectangle(
                    left: left + 62, top: top + 24, right: left + panelSize.width - 16,
                    bottom: top + panelSize.height - 46), on: canvas)
        }
    }

    private func legend(on canvas: Canvas) {
        var x = Theme.margin
        for (number, name) in names.enumerated() {
            canvas.line(x, 60, x + 22, 60)
            canvas.stroke(Self.colour(number), width: 3)
            let text = RichText(label: name)
            canvas.draw(text, Theme.legend, x: x + 28, y: 64, anchor: .start, colour: Theme.ink)
            x += 28 + canvas.width(text, Theme.legend) + 22
        }
    }

    private func draw(_ panel: Panel, in area: Rectangle, on canvas: Canvas) {
        canvas.draw(
            RichText(panel.title), Theme.label, x: area.centre.x, y: area.top - 8, anchor: .middle, colour: Theme.ink)
        let ends = (
            x: panel.x.end(for: panel.lines.lazy.flatMap(\.places).map(\.x)),
            y: panel.y.end(for: panel.lines.lazy.flatMap(\.places).map(\.y))
        )
        func x(_ scaled: Double) -> Double {
            area.left + (scaled - panel.x.start) / (ends.x - panel.x.start) * area.width
        }
        func y(_ scaled: Double) -> Double {
            area.bottom - (scaled - panel.y.start) / (ends.y - panel.y.start) * area.height
        }
        for (position, label) in panel.x.ticks(to: ends.x) {
            canvas.line(x(position), area.top, x(position), area.bottom)
            canvas.stroke(Theme.grid, width: 1)
            canvas.draw(label, Theme.tick, x: x(position), y: area.bottom + 16, anchor: .middle, colour: Theme.paleInk)
        }
        for (position, label) in panel.y.ticks(to: ends.y) {
            canvas.line(area.left, y(position), area.right, y(position))
            canvas.stroke(Theme.grid, width: 1)
            canvas.draw(label, Theme.tick, x: area.left - 6, y: y(position) + 4, anchor: .end, colour: Theme.paleInk)
        }
        for line in panel.lines {
            let places = line.places.compactMap { place -> (x: Double, y: Double)? in
                guard let across = panel.x.scaled(place.x), let up = panel.y.scaled(place.y) else { return nil }
                return (x(across), y(up))
            }
            draw(places, Self.colour(line.name), on: canvas)
        }
        canvas.rectangle(area)
        canvas.stroke(Theme.frame, width: 1)
        canvas.draw(
            RichText(panel.x.label), Theme.tick, x: area.centre.x, y: area.bottom + 34, anchor: .middle,
            colour: Theme.ink)
        canvas.turned(x: area.left - 48, y: area.centre.y) {
            canvas.draw(RichText(panel.y.label), Theme.tick, x: 0, y: 0, anchor: .middle, colour: Theme.ink)
        }
    }

    private func draw(_ places: [(x: Double, y: Double)], _ colour: Colour, on canvas: Canvas) {
        for (from, to) in zip(places, places.dropFirst()) { canvas.line(from.x, from.y, to.x, to.y) }
        canvas.stroke(colour, width: 2)
        guard let last = places.last else { return }
        canvas.circle(last.x, last.y, radius: 3.5)
        canvas.fill(colour)
    }

    /// The colours of Okabe and Ito ("Color Universal Design", 2008), which are distinguishable with every kind of
    /// colour vision, without their yellow, which is too pale for a line.
    private static func colour(_ number: Int) -> Colour {
        let colours: [UInt32] = [0x000000, 0xd55e00, 0xe69f00, 0x0072b2, 0x009e73, 0xcc79a7, 0x56b4e9, 0x7b8794]
        return Colour(colours[number % colours.count])
    }
}
