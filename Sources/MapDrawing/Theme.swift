/// A size and weight of the sans-serif font.
struct Font: Equatable {
    var size: Double
    var bold = false

    /// The distance between baselines.
    var lineHeight: Double { 1.3 * size }
    /// The height of capitals and digits above the baseline.
    var capHeight: Double { 0.73 * size }
}

/// The fonts, colours and distances of a map.
enum Theme {
    static let title = Font(size: 20, bold: true)
    static let subtitle = Font(size: 13)
    static let label = Font(size: 14)
    static let tick = Font(size: 12)
    static let legend = Font(size: 13)
    static let footnote = Font(size: 11)

    static let paper = Colour(0xffffff)
    static let ink = Colour(0x1f2933)
    static let paleInk = Colour(0x52606d)
    static let frame = Colour(0x7b8794)
    static let grid = Colour(0xe8ebee)
    /// The crosses of unstable points, and the hatching that replaces them if they are too close.
    static let unstable = Colour(0x7b8794)
    static let unstableArea = Colour(0xe9ecef)
    static let unstableHatching = Colour(0xc3cad2)
    /// Vermilion from the palette of Okabe and Ito, which is distinguishable with every kind of colour vision.
    static let error = Colour(0xd55e00)
    static let other = Colour(0xa9b4c0)
    /// Stable points of a map without a colour scale.
    static let stable = Colour(0x2a788e)

    static let margin = 22.0
    /// The length of a tick.
    static let tickLength = 6.0
    static let minorTickLength = 3.5
    /// The distance between a tick and its label.
    static let tickGap = 4.0
    static let barWidth = 16.0
    static let smallestSize = MapSize(width: 480, height: 360)
}
