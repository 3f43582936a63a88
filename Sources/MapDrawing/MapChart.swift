/// A map of an explored parameter space: two axes, and what became of the points on them.
///
/// It is a plain value; ``svg()``, ``png(scale:)`` and their writing companions draw it. The same value always gives the
/// same picture, in whatever order its points come.
package struct MapChart: Sendable {
    /// The heading.
    package var title: String
    /// A line below it: what was held fixed, where the data come from. May be empty.
    package var subtitle: String
    /// The horizontal axis.
    package var x: MapAxis
    /// The vertical axis.
    package var y: MapAxis
    /// What the colour of stable points means; nil: they all have one colour.
    package var colour: MapColourScale?
    /// The points. Where several share a place, one is shown: stable before unstable before error before other, and
    /// among stable ones the one with the greatest value.
    package var points: [MapPoint]
    /// The place that the exploration started from; it is marked with a star.
    package var start: MapPosition?
    /// The numbers in the legend, for a map whose points stand for several each; by default the points are counted.
    package var counts: [MapVerdict: Int]?
    /// The size of the picture, in pixels of the SVG and of a PNG of scale 1. At least 480 × 360 is needed.
    package var size: MapSize

    /// A map of these points; everything that is left out has a sensible default.
    package init(
        title: String, subtitle: String = "", x: MapAxis, y: MapAxis, colour: MapColourScale? = nil, points: [MapPoint],
        start: MapPosition? = nil, counts: [MapVerdict: Int]? = nil, size: MapSize = MapSize()
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

    /// A size; by default one that fills a slide.
    package init(width: Double = 960, height: Double = 640) {
        self.width = width
        self.height = height
    }
}

/// What the colour of a point means.
package struct MapColourScale: Sendable, Equatable {
    /// The name of the quantity, such as `Surface temperature`.
    package var label: String
    /// Its unit, such as `K`; may be empty.
    package var unit: String

    /// Names the quantity that the colours show.
    package init(label: String, unit: String = "") {
        self.label = label
        self.unit = unit
    }
}
