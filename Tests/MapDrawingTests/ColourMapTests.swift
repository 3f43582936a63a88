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

    @Test("becomes monotonically lighter, so that it is readable in greyscale and with colour blindness")
    func luminance_increases() {
        let luminances = ColourMap.colours.map(luminance)
        #expect(luminances.count == 256)
        #expect(zip(luminances, luminances.dropFirst()).allSatisfy { $0 < $1 })
        #expect(luminances.first! < 0.03)
        #expect(luminances.last! > 0.7)
    }

    @Test("has only colours inside sRGB")
    func colours_areInGamut() {
        for colour in ColourMap.colours {
            for component in [colour.red, colour.green, colour.blue] {
                #expect(component > 0, "\(colour)")
                #expect(component < 1, "\(colour)")
            }
        }
    }

    @Test("has equally spaced colours")
    func colours_areEquallySpaced() {
        let steps = zip(ColourMap.path, ColourMap.path.dropFirst()).map { $0.distance(to: $1) }
        let mean = steps.reduce(0, +) / Double(steps.count)
        #expect(steps.allSatisfy { abs($0 - mean) < 0.1 * mean })
    }

    @Test("gives the end colours to the ends of a range and to values beyond them")
    func valuesBeyondTheRange_getEndColours() {
        #expect(ColourMap.index(of: 220, in: 220...340) == 0)
        #expect(ColourMap.index(of: 340, in: 220...340) == 255)
        #expect(ColourMap.index(of: 100, in: 220...340) == 0)
        #expect(ColourMap.index(of: 1e9, in: 220...340) == 255)
        #expect(ColourMap.index(of: 280, in: 220...340) == 128)
    }
}
