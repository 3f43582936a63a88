/// What became of a point. Where several points share a place, the one that comes last in this order is shown.
package enum MapVerdict: Int, Sendable, CaseIterable, Comparable {
    /// Not run yet.
    case other
    /// Its run failed.
    case error
    /// It has no stable atmosphere.
    case unstable
    /// It has a stable atmosphere.
    case stable

    package static func < (left: MapVerdict, right: MapVerdict) -> Bool { left.rawValue < right.rawValue }
}

/// A place on a map, in the axes' units.
package struct MapPosition: Sendable, Equatable {
    /// Along the horizontal axis.
    package var x: Double
    /// Along the vertical axis.
    package var y: Double

    /// The place at these values.
    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// A point of a map.
package struct MapPoint: Sendable, Equatable {
    /// Where it is.
    package var position: MapPosition
    /// What became of it.
    package var verdict: MapVerdict
    /// The quantity that colours it, if it is stable; nil or not finite: unknown.
    package var value: Double?

    /// A point at these values of the axes.
    package init(x: Double, y: Double, verdict: MapVerdict, value: Double? = nil) {
        self.position = MapPosition(x: x, y: y)
        self.verdict = verdict
        self.value = value
    }
}
