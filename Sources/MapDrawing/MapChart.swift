/// A map of an explored parameter space: two axes, and the states of the points on them.
///
/// The same value always gives the same picture, in whichever order its points come.
package struct MapChart: Sendable {
    /// The heading.
    package var title: String
    /// A line below the title, such as the fixed parameters or the source of the data. May be empty.
    package var subtitle: String
    /// The horizontal axis.
    package var x: MapAxis
    /// The vertical axis.
    package var y: MapAxis
    /// The meaning of the colour of stable points; `nil` if they have only one colour.
    package var colour: MapColourScale?
    /// The points. If several share a place, one is shown: stable before unstable before error before other, and among
    /// stable ones the one with the largest value.
    package var points: [MapPoint]
    /// The start point of the exploration, marked with a star.
    package var start: MapPosition?
    /// The numbers in the legend, for points that represent several others; by default the points are counted.
    package var counts: [MapPointState: Int]?
    /// The size of the picture, in pixels of the SVG and of a PNG of scale 1. At least 480 × 360.
    package var size: MapSize

    /// Creates a map of these points.
    package init(
        title: String, subtitle: String = "", x: MapAxis, y: MapAxis, colour: MapColourScale? = nil, points: [MapPoint],
        start: MapPosition? = nil, counts: [MapPointState: Int]? = nil, size: MapSize = MapSize()
    ) {
        self.title = title
        self.subtitle = subtitle
        self.x = x
        self.y = y
        self.colour = colour
        self.points = points
        self.start = start
        self.counts = counts
        self.size = size
    }
}

/// The size of a picture.
package struct MapSize: Sendable, Equatable {
    /// In pixels.
    package var width: Double
    /// In pixels.
    package var height: Double

    /// The default size fills a slide.
    package init(width: Double = 960, height: Double = 640) {
        self.width = width
        self.height = height
    }
}

/// The meaning of a point's colour.
package struct MapColourScale: Sendable, Equatable {
    /// The name of the quantity, such as `Surface temperature`.
    package var label: String
    /// Its unit, such as `K`; may be empty.
    package var unit: String

    /// Creates the scale of a quantity.
    package init(label: String, unit: String = "") {
        self.label = label
        self.unit = unit
    }
}

extension MapChart {
    /// The map as an SVG document. Its text is drawn as shapes, so that it looks the same everywhere. The title and a
    /// description with the numbers of the legend are also included as text.
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
    /// - Parameter scale: the number of image pixels per pixel of ``size``; 2 suits high-resolution displays.
    /// - Throws: ``MapDrawingError``.
    package func png(scale: Double = 2) throws -> [UInt8] {
        let data = try prepared()
        return try Picture.png(size, scale: scale) { ChartPainter(self, data, on: $0).draw() }
    }

    /// Writes ``svg()`` to a file, atomically.
    package func writeSVG(to path: String) throws { try WholeFile.write(svg(), to: path) }

    /// Writes ``png(scale:)`` to a file, atomically.
    package func writePNG(to path: String, scale: Double = 2) throws {
        try WholeFile.write(png(scale: scale), to: path)
    }

    private func prepared() throws(MapDrawingError) -> ChartData {
        let smallest = Theme.smallestSize
        guard size.width >= smallest.width, size.height >= smallest.height, max(size.width, size.height) <= 32_767
        else {
            throw MapDrawingError(
                code: .unusableSize,
                description: "cannot draw a map of \(size.width) × \(size.height) pixels; "
                    + "choose at least \(smallest.width) × \(smallest.height), and at most 32767 each way")
        }
        return try ChartData(self)
    }

    /// A description of the map for readers who cannot see it.
    private func describe(_ data: ChartData) -> String {
        let counts = Legend.names.compactMap { state, name in data.counts[state].map { "\(name): \($0)" } }
        let colour = self.colour.map { "; the colour is \($0.label) [\($0.unit)]" } ?? ""
        return "\(y.label) [\(y.unit)] against \(x.label) [\(x.unit)]\(colour). \(counts.joined(separator: ", "))."
    }
}

/// One axis of a ``MapChart``. Its range follows from the data.
package struct MapAxis: Sendable, Equatable {
    /// The layout of values along an axis.
    package enum Scale: Sendable, Equatable {
        /// Equal differences have equal distances.
        case linear
        /// Equal ratios have equal distances; values at or below zero have no place.
        case logarithmic
    }

    /// The name of the quantity. Chemical formulas (`CO2`) get subscripts, `^2` becomes a superscript.
    package var label: String
    /// The unit, shown in brackets; may be empty.
    package var unit: String
    /// The layout of values.
    package var scale: Scale
    /// The distance between neighbouring points, in the axis's unit or, on a logarithmic axis, in decades. `nil` to
    /// derive it from the data.
    package var step: Double?

    /// Creates an axis with this label.
    package init(label: String, unit: String = "", scale: Scale = .linear, step: Double? = nil) {
        self.label = label
        self.unit = unit
        self.scale = scale
        self.step = step
    }
}

/// The state of a point on a map. If several points share a place, the last state in this order is shown.
package enum MapPointState: Int, Sendable, CaseIterable, Comparable {
    /// Not run yet.
    case other
    /// Its run failed.
    case error
    /// It has no stable atmosphere.
    case unstable
    /// It has a stable atmosphere.
    case stable

    package static func < (left: MapPointState, right: MapPointState) -> Bool { left.rawValue < right.rawValue }
}

/// A place on a map, in the axes' units.
package struct MapPosition: Sendable, Equatable {
    /// Along the horizontal axis.
    package var x: Double
    /// Along the vertical axis.
    package var y: Double

    /// Creates a place at these values.
    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// A point on a map.
package struct MapPoint: Sendable, Equatable {
    /// The place.
    package var position: MapPosition
    /// The state.
    package var state: MapPointState
    /// The quantity that colours it if it is stable; unknown if `nil` or not finite.
    package var value: Double?

    /// Creates a point at these values of the axes.
    package init(x: Double, y: Double, state: MapPointState, value: Double? = nil) {
        self.position = MapPosition(x: x, y: y)
        self.state = state
        self.value = value
    }
}
