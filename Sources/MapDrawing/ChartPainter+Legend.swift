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

    /// The mark that an entry explains, as it is on the map, but never too small to be seen.
    private func drawSwatch(_ kind: Legend.Kind, left: Double, middle: Double) {
        let swatch = Rectangle(left: left, top: middle - 6.5, right: left + Legend.swatchWidth, bottom: middle + 6.5)
        switch kind {
        case .start: star((swatch.centre.x, middle))
        case .unknownValue: drawStableSwatch(swatch, [ColourMap.unknown])
        case .verdict(.stable): drawStableSwatch(swatch, hasColours ? ColourMap.colours : [Theme.stable])
        case .verdict(let verdict):
            if style.symbolSize == nil {
                drawAreaSwatch(verdict, swatch)
            } else {
                symbol(verdict, swatch.centre, size: 9)
                paintSymbols(verdict, size: 9)
            }
        }
    }

    private func drawStableSwatch(_ swatch: Rectangle, _ colours: [Colour]) {
        if style.shape == .cells {
            canvas.rectangle(swatch)
            paint(swatch, colours)
        } else {
            // Three discs stand for the range of colours, one for a single colour.
            let shares = colours.count > 1 ? [0, 0.5, 1] : [0.5]
            for share in shares {
                let x = swatch.left + 5 + share * (swatch.width - 10)
                canvas.circle(x, swatch.centre.y, radius: 4.5)
                canvas.fill(colours[Int(share * Double(colours.count - 1))], keepingPath: true)
                canvas.stroke(Theme.ink, width: 0.7)
            }
        }
    }

    private func drawAreaSwatch(_ verdict: MapVerdict, _ swatch: Rectangle) {
        canvas.rectangle(swatch)
        switch verdict {
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
