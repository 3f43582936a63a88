internal import Glibc

/// A colour in sRGB, with components from 0 to 1.
struct Colour: Equatable {
    var red: Double
    var green: Double
    var blue: Double

    init(red: Double, green: Double, blue: Double) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    /// Reads the usual notation, `0xRRGGBB`.
    init(_ code: UInt32) {
        self.init(
            red: Double(code >> 16 & 255) / 255, green: Double(code >> 8 & 255) / 255, blue: Double(code & 255) / 255)
    }
}

/// The colours of values: from dark violet for the lowest, through blue and green, to light yellow for the highest.
///
/// The path is straight in lightness and hue of Björn Ottosson's OKLab ("A perceptual color space for image
/// processing", 2020, https://bottosson.github.io/posts/oklab/), and its colours are equally spaced there, so that
/// equal differences of a value look equally large. Lightness increases monotonically, so the order of the colours
/// survives colour blindness and greyscale printing.
enum ColourMap {
    /// The number of colours.
    static let count = 256

    /// The colours, from the lowest value to the highest.
    static let colours: [Colour] = path.map { Colour(lab: $0) }

    /// The same colours as points of OKLab.
    static let path: [Lab] = equallySpaced()

    /// The colour of an unknown value.
    static let unknown = Colour(0x7f9fb5)

    /// The index of the colour of a value within a range; values outside get the colour at its end.
    static func index(of value: Double, in range: ClosedRange<Double>) -> Int {
        let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        return Int((min(max(share, 0), 1) * Double(count - 1)).rounded())
    }

    /// A point of OKLab.
    struct Lab {
        var lightness: Double
        var a: Double
        var b: Double

        func distance(to other: Lab) -> Double {
            let (l, a, b) = (lightness - other.lightness, self.a - other.a, self.b - other.b)
            return (l * l + a * a + b * b).squareRoot()
        }
    }

    /// The path at a fraction from 0 to 1 of its hues.
    private static func point(_ share: Double) -> Lab {
        let lightness = 0.29 + 0.61 * share
        let hue = (308 - 203 * share) * .pi / 180
        // In the middle, sRGB allows less chroma in the blue-greens than at the ends.
        let middle = 4 * share * (1 - share)
        let chroma = 0.135 + 0.03 * share - 0.055 * middle
        return Lab(lightness: lightness, a: chroma * cos(hue), b: chroma * sin(hue))
    }

    private static func equallySpaced() -> [Lab] {
        let fine = (0...4096).map { point(Double($0) / 4096) }
        var lengths = [0.0]
        for (from, to) in zip(fine, fine.dropFirst()) { lengths.append(lengths.last! + from.distance(to: to)) }
        var position = 0
        return (0..<count).map { number in
            let wanted = lengths.last! * Double(number) / Double(count - 1)
            while position < fine.count - 1, lengths[position] < wanted { position += 1 }
            return fine[position]
        }
    }
}

extension Colour {
    /// Converts from OKLab by Ottosson's matrices and the transfer function of sRGB (IEC 61966-2-1), clipped to sRGB.
    init(lab: ColourMap.Lab) {
        func cube(_ value: Double) -> Double { value * value * value }
        let long = cube(lab.lightness + 0.3963377774 * lab.a + 0.2158037573 * lab.b)
        let medium = cube(lab.lightness - 0.1055613458 * lab.a - 0.0638541728 * lab.b)
        let short = cube(lab.lightness - 0.0894841775 * lab.a - 1.2914855480 * lab.b)
        func encode(_ linear: Double) -> Double {
            let clipped = min(max(linear, 0), 1)
            return clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * pow(clipped, 1 / 2.4) - 0.055
        }
        self.init(
            red: encode(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
            green: encode(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
            blue: encode(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short))
    }
}
