/// Draws a chart on a canvas. Where things go is ``ChartLayout``'s business, what they look like that of the extensions.
struct ChartPainter {
    let canvas: Canvas
    let data: ChartData
    let layout: ChartLayout
    let frame: PlotFrame
    let style: MarkStyle
    /// Where the cells are, if the style is one of cells.
    let cells: CellLayout?
    /// Whether colours stand for values.
    var hasColours: Bool { data.values != nil }

    init(_ chart: MapChart, _ data: ChartData, on canvas: Canvas) {
        self.canvas = canvas
        self.data = data
        layout = ChartLayout(chart, data, on: canvas)
        frame = PlotFrame(plot: layout.plot, x: data.x, y: data.y)
        style = MarkStyle(data, frame)
        cells = style.shape == .cells ? CellLayout(data, frame) : nil
    }

    func draw() {
        canvas.rectangle(Rectangle(left: 0, top: 0, right: layout.size.width, bottom: layout.size.height))
        canvas.fill(Theme.paper)
        drawGrid()
        canvas.rectangle(layout.plot)
        canvas.clipped { drawMarks() }
        drawAxes()
        drawStart()
        drawColourBar()
        drawHeading()
        drawLegend()
    }

    private func drawHeading() {
        let left = Theme.margin
        var top = Theme.margin - 4
        canvas.draw(layout.title, x: left, top: top, anchor: .start, colour: Theme.ink)
        top += layout.title.height + (layout.title.lines.isEmpty ? 0 : 2)
        canvas.draw(layout.subtitle, x: left, top: top, anchor: .start, colour: Theme.paleInk)
        canvas.draw(
            layout.footnote, x: left, top: layout.size.height - Theme.margin + 6 - layout.footnote.height,
            anchor: .start, colour: Theme.paleInk)
    }
}
