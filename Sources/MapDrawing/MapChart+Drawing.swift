extension MapChart {
    /// The map as an SVG document. Its text is drawn as shapes, so that it looks the same everywhere; the title and a
    /// description with the numbers of the legend are in it as text, too.
    ///
    /// - Throws: ``MapDrawingError``.
    package func svg() throws -> [UInt8] {
        let data = try prepared()
        return try Picture.svg(size, title: title, description: describe(data)) {
            ChartPainter(self, data, on: $0).draw()
        }
    }

    /// The map as a PNG image.
    ///
    /// - Parameter scale: How many pixels of the image make one of ``size``; 2 suits high-resolution displays.
    /// - Throws: ``MapDrawingError``.
    package func png(scale: Double = 2) throws -> [UInt8] {
        let data = try prepared()
        return try Picture.png(size, scale: scale) { ChartPainter(self, data, on: $0).draw() }
    }

    /// Writes ``svg()`` to a file, whole or not at all.
    package func writeSVG(to path: String) throws { try WholeFile.write(svg(), to: path) }

    /// Writes ``png(scale:)`` to a file, whole or not at all.
    package func writePNG(to path: String, scale: Double = 2) throws {
        try WholeFile.write(png(scale: scale), to: path)
    }

    private func prepared() throws(MapDrawingError) -> ChartData {
        let smallest = Theme.smallestSize
        guard size.width >= smallest.width, size.height >= smallest.height, max(size.width, size.height) <= 32_767
        else {
            throw MapDrawingError(
                code: .unusableSize,
                description: "a map of \(size.width) × \(size.height) pixels cannot be drawn; "
                    + "it takes at least \(smallest.width) × \(smallest.height), and at most 32767 each way")
        }
        return try ChartData(self)
    }

    /// The map in a sentence, for readers who cannot see it.
    private func describe(_ data: ChartData) -> String {
        let counts = Legend.names.compactMap { verdict, name in data.counts[verdict].map { "\(name): \($0)" } }
        let colour = self.colour.map { "; the colour is \($0.label) [\($0.unit)]" } ?? ""
        return "\(y.label) [\(y.unit)] against \(x.label) [\(x.unit)]\(colour). \(counts.joined(separator: ", "))."
    }
}
