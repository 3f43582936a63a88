internal import Glibc
internal import Testing

@testable internal import MapDrawing

@Suite("The colour map")
struct ColourMapTests {
    /// Relative luminance, WCAG 2 and IEC 61966-2-1.
    private func luminance(_ colour: Colour) -> Double {
        let linear = [colour.red, colour.green, colour.blue].map {
            $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    @Test("only grows lighter, so that it can be read in grey and by the colour-blind")
    func lightness() {
        let luminances = ColourMap.colours.map(luminance)
        #expect(luminances.count == 256)
        #expect(zip(luminances, luminances.dropFirst()).allSatisfy { $0 < $1 })
        #expect(luminances.first! < 0.03)
        #expect(luminances.last! > 0.7)
    }

    @Test("holds only colours of sRGB, none of them clipped")
    func gamut() {
        for colour in ColourMap.colours {
            for share in [colour.red, colour.green, colour.blue] { #expect(share > 0 && share < 1, "\(colour)") }
        }
    }

    @Test("takes equal steps between its colours")
    func uniform() {
        let steps = zip(ColourMap.path, ColourMap.path.dropFirst()).map { $0.distance(to: $1) }
        let mean = steps.reduce(0, +) / Double(steps.count)
        #expect(steps.allSatisfy { abs($0 - mean) < 0.1 * mean })
    }

    @Test("gives the ends of a range its end colours, and what lies beyond them too")
    func ends() {
        #expect(ColourMap.index(of: 220, in: 220...340) == 0)
        #expect(ColourMap.index(of: 340, in: 220...340) == 255)
        #expect(ColourMap.index(of: 100, in: 220...340) == 0)
        #expect(ColourMap.index(of: 1e9, in: 220...340) == 255)
        #expect(ColourMap.index(of: 280, in: 220...340) == 128)
    }
}
