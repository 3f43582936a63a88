/// A sheet of panels, each with lines that show a share against a count: how far several ways of doing something have
/// got. Horizontal axes are logarithmic.
package struct LineChart: Sendable {
    package struct Line: Sendable {
        /// Which of the chart's names it belongs to.
        package var name: Int
        /// Ascending counts, from 1, each with the share from 0 to 1 that is reached then.
        package var steps: [(count: Double, share: Double)]

        package init(name: Int, steps: [(count: Double, share: Double)]) {
            self.name = name
            self.steps = steps
        }
    }

    package struct Panel: Sendable {
        package var title: String
        package var lines: [Line]

        package init(title: String, lines: [Line]) {
            self.title = title
            self.lines = lines
        }
    }

    package var title: String
    /// What the horizontal axes count.
    package var countLabel: String
    /// What the vertical axes share out.
    package var shareLabel: String
    /// In the order of the legend; 8 at most have colours of their own.
    package var names: [String]
    /// Row by row.
    package var panels: [Panel]
    package var columns: Int

    package init(
        title: String, countLabel: String, shareLabel: String, names: [String], panels: [Panel], columns: Int
    ) {
        self.title = title
        self.countLabel = countLabel
        self.shareLabel = shareLabel
        self.names = names
        self.panels = panels
        self.columns = columns
    }

    private static let panelSize = MapSize(width: 380, height: 270)
    private static let head = 84.0

    package var size: MapSize {
        let rows = (panels.count + columns - 1) / columns
        return MapSize(
            width: Double(columns) * Self.panelSize.width + 20,
            height: Double(rows) * Self.panelSize.height + Self.head + 16)
    }

    /// Writes the sheet as an SVG and as a PNG, each whole or not at all.
    ///
    /// - Throws: ``MapDrawingError``.
    package func write(svg: String, png: String) throws {
        let description = "\(shareLabel) against \(countLabel) for \(names.joined(separator: ", "))"
        try WholeFile.write(Picture.svg(size, title: title, description: description, draw: draw), to: svg)
        try WholeFile.write(Picture.png(size, scale: 1.5, draw: draw), to: png)
    }

    private func draw(on canvas: Canvas) {
        canvas.rectangle(Rectangle(left: 0, top: 0, right: size.width, bottom: size.height))
        canvas.fill(Theme.paper)
        canvas.draw(RichText(title), Theme.title, x: Theme.margin, y: 34, anchor: .start, colour: Theme.ink)
        legend(on: canvas)
        for (number, panel) in panels.enumerated() {
            let left = Double(number % columns) * Self.panelSize.width + 10
            let top = Double(number / columns) * Self.panelSize.height + Self.head
            draw(
                panel,
                in: Rectangle(
                    left: left + 62, top: top + 24, right: left + Self.panelSize.width - 16,
                    bottom: top + Self.panelSize.height - 46), on: canvas)
        }
    }

    private func legend(on canvas: Canvas) {
        var x = Theme.margin
        for (number, name) in names.enumerated() {
            canvas.line(x, 60, x + 22, 60)
            canvas.stroke(Self.colour(number), width: 3)
            let text = RichText(name)
            canvas.draw(text, Theme.legend, x: x + 28, y: 64, anchor: .start, colour: Theme.ink)
            x += 28 + canvas.width(text, Theme.legend) + 22
        }
    }

    private func draw(_ panel: Panel, in area: Rectangle, on canvas: Canvas) {
        canvas.draw(
            RichText(panel.title), Theme.label, x: area.centre.x, y: area.top - 8, anchor: .middle, colour: Theme.ink)
        let most = panel.lines.compactMap(\.steps.last?.count).max() ?? 10
        let decades = max(1, AxisModel.scaled(most, .logarithmic) ?? 1)
        func x(_ scaled: Double) -> Double { area.left + scaled / decades * area.width }
        func y(_ share: Double) -> Double { area.bottom - share * area.height }
        for tick in Tick.ticks(0...decades, .logarithmic, wanted: 5) {
            guard let label = tick.label else { continue }
            canvas.line(x(tick.position), area.top, x(tick.position), area.bottom)
            canvas.stroke(Theme.grid, width: 1)
            canvas.draw(
                label, Theme.tick, x: x(tick.position), y: area.bottom + 16, anchor: .middle, colour: Theme.paleInk)
        }
        for percent in stride(from: 0, through: 100, by: 25) {
            let height = y(Double(percent) / 100)
            canvas.line(area.left, height, area.right, height)
            canvas.stroke(Theme.grid, width: 1)
            canvas.draw(
                RichText("\(percent) %"), Theme.tick, x: area.left - 6, y: height + 4, anchor: .end,
                colour: Theme.paleInk)
        }
        for line in panel.lines { draw(line, x: x, y: y, on: canvas) }
        canvas.rectangle(area)
        canvas.stroke(Theme.frame, width: 1)
        canvas.draw(
            RichText(countLabel), Theme.tick, x: area.centre.x, y: area.bottom + 34, anchor: .middle, colour: Theme.ink)
        canvas.turned(x: area.left - 48, y: area.centre.y) {
            canvas.draw(RichText(shareLabel), Theme.tick, x: 0, y: 0, anchor: .middle, colour: Theme.ink)
        }
    }

    private func draw(_ line: Line, x: (Double) -> Double, y: (Double) -> Double, on canvas: Canvas) {
        let places = line.steps.compactMap { step in
            AxisModel.scaled(step.count, .logarithmic).map { (x: x($0), y: y(step.share)) }
        }
        for (from, to) in zip(places, places.dropFirst()) { canvas.line(from.x, from.y, to.x, to.y) }
        canvas.stroke(Self.colour(line.name), width: 2)
        if let last = places.last {
            canvas.circle(last.x, last.y, radius: 3.5)
            canvas.fill(Self.colour(line.name))
        }
    }

    /// The colours that Okabe and Ito chose to be told apart by everybody ("Color Universal Design", 2008), without
    /// their yellow, which is too pale for a line.
    private static func colour(_ number: Int) -> Colour {
        let colours: [UInt32] = [0x000000, 0xd55e00, 0xe69f00, 0x0072b2, 0x009e73, 0xcc79a7, 0x56b4e9, 0x7b8794]
        return Colour(colours[number % colours.count])
    }
}
