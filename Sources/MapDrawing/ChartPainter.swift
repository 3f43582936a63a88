/// Draws a chart on a canvas; ``ChartLayout`` decides on the places.
struct ChartPainter {
    let canvas: Canvas
    let data: ChartData
    let layout: ChartLayout
    let frame: PlotFrame
    let style: MarkStyle
    /// The cells, if the style has them.
    let cells: CellLayout?
    /// Whether colours represent values.
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

extension ChartPainter {
    /// Draws pale lines behind the points, at the labelled ticks.
    func drawGrid() {
        let plot = layout.plot
        for tick in layout.xTicks where tick.label != nil {
            let x = frame.x(tick.position)
            canvas.line(x, plot.top, x, plot.bottom)
        }
        for tick in layout.yTicks where tick.label != nil {
            let y = frame.y(tick.position)
            canvas.line(plot.left, y, plot.right, y)
        }
        canvas.stroke(Theme.grid, width: 1)
    }

    /// Draws the frame, the ticks and their labels.
    func drawAxes() {
        let plot = layout.plot
        canvas.rectangle(plot)
        for tick in layout.xTicks {
            let x = frame.x(tick.position)
            canvas.line(x, plot.bottom, x, plot.bottom + length(tick))
        }
        for tick in layout.yTicks {
            let y = frame.y(tick.position)
            canvas.line(plot.left, y, plot.left - length(tick), y)
        }
        canvas.stroke(Theme.frame, width: 1)

        let tickFont = Theme.tick
        let base = plot.bottom + Theme.tickLength + Theme.tickGap + 1.05 * tickFont.size
        for tick in layout.xTicks {
            guard let label = tick.label else { continue }
            canvas.draw(label, tickFont, x: frame.x(tick.position), y: base, anchor: .middle, colour: Theme.ink)
        }
        for tick in layout.yTicks {
            guard let label = tick.label else { continue }
            canvas.draw(
                label, tickFont, x: plot.left - Theme.tickLength - Theme.tickGap,
                y: frame.y(tick.position) + tickFont.capHeight / 2, anchor: .end, colour: Theme.ink)
        }

        canvas.draw(layout.xLabel, x: centred(layout.xLabel), top: base + 9, anchor: .middle, colour: Theme.ink)
        canvas.turned(x: Theme.margin - 4, y: plot.centre.y) {
            canvas.draw(layout.yLabel, x: 0, top: 0, anchor: .middle, colour: Theme.ink)
        }
    }

    /// Draws the colour scale with its ticks and label.
    func drawColourBar() {
        guard let bar = layout.bar, let values = data.values else { return }
        canvas.rectangle(bar)
        canvas.fillUpwards(ColourMap.colours, from: bar.bottom, to: bar.top)
        canvas.rectangle(bar)
        func y(_ value: Double) -> Double {
            bar.bottom - (value - values.lowerBound) / (values.upperBound - values.lowerBound) * bar.height
        }
        for tick in layout.barTicks {
            canvas.line(bar.right, y(tick.position), bar.right + Theme.tickLength, y(tick.position))
        }
        canvas.stroke(Theme.frame, width: 1)
        for tick in layout.barTicks {
            guard let label = tick.label else { continue }
            canvas.draw(
                label, Theme.tick, x: bar.right + Theme.tickLength + Theme.tickGap,
                y: y(tick.position) + Theme.tick.capHeight / 2, anchor: .start, colour: Theme.ink)
        }
        canvas.turned(x: layout.size.width - Theme.margin + 4 - layout.barLabel.height, y: bar.centre.y) {
            canvas.draw(layout.barLabel, x: 0, top: 0, anchor: .middle, colour: Theme.ink)
        }
    }

    private func length(_ tick: Tick) -> Double { tick.label == nil ? Theme.minorTickLength : Theme.tickLength }

    /// The middle of the plot, or the nearest place at which a wide label fits.
    private func centred(_ label: TextBlock) -> Double {
        let half = label.width / 2
        let leftmost = Theme.margin + half
        return max(leftmost, min(layout.plot.centre.x, layout.size.width - Theme.margin - half))
    }
}

extension ChartPainter {
    func drawLegend() {
        for entry in layout.legend.entries {
            let left = Theme.margin + entry.left
            let middle = layout.legendTop + (Double(entry.row) + 0.5) * Legend.rowHeight
            drawSwatch(entry.kind, left: left, middle: middle)
            canvas.draw(
                entry.text, Theme.legend, x: left + Legend.textOffset, y: middle + Theme.legend.capHeight / 2,
                anchor: .start, colour: Theme.ink)
        }
    }

    /// Draws the mark that an entry explains as it is on the map, but large enough to be visible.
    private func drawSwatch(_ kind: Legend.Kind, left: Double, middle: Double) {
        let swatch = Rectangle(left: left, top: middle - 6.5, right: left + Legend.swatchWidth, bottom: middle + 6.5)
        switch kind {
        case .start: star((swatch.centre.x, middle))
        case .unknownValue: drawStableSwatch(swatch, [ColourMap.unknown])
        case .state(.stable): drawStableSwatch(swatch, hasColours ? ColourMap.colours : [Theme.stable])
        case .state(let state):
            if style.symbolSize == nil {
                drawAreaSwatch(state, swatch)
            } else {
                symbol(state, swatch.centre, size: 9)
                paintSymbols(state, size: 9)
            }
        }
    }

    private func drawStableSwatch(_ swatch: Rectangle, _ colours: [Colour]) {
        if style.shape == .cells {
            canvas.rectangle(swatch)
            paint(swatch, colours)
        } else {
            // Three discs represent a range of colours, one a single colour.
            let shares = colours.count > 1 ? [0, 0.5, 1] : [0.5]
            for share in shares {
                let x = swatch.left + 5 + share * (swatch.width - 10)
                canvas.circle(x, swatch.centre.y, radius: 4.5)
                canvas.fill(colours[Int(share * Double(colours.count - 1))], keepingPath: true)
                canvas.stroke(Theme.ink, width: 0.7)
            }
        }
    }

    private func drawAreaSwatch(_ state: MapPointState, _ swatch: Rectangle) {
        canvas.rectangle(swatch)
        switch state {
        case .unstable:
            canvas.fill(Theme.unstableArea)
            canvas.rectangle(swatch)
            canvas.clipped { hatch(swatch) }
        case .error: canvas.fill(Theme.error)
        case .other, .stable: canvas.fill(Theme.other)
        }
    }

    private func paint(_ swatch: Rectangle, _ colours: [Colour]) {
        if colours.count > 1 {
            canvas.fillRightwards(colours, from: swatch.left, to: swatch.right)
        } else {
            canvas.fill(colours[0])
        }
    }
}
