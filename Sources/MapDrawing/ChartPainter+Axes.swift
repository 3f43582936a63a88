extension ChartPainter {
    /// Pale lines behind the points, at the labelled ticks.
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

    /// The frame, the ticks and what is written at them.
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

    /// The colours, the values that they stand for, and the name of the quantity.
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

    /// The middle of the plot, or as near to it as a wide label allows.
    private func centred(_ label: TextBlock) -> Double {
        let half = label.width / 2
        let leftmost = Theme.margin + half
        return max(leftmost, min(layout.plot.centre.x, layout.size.width - Theme.margin - half))
    }
}
