internal import Glibc
internal import MapDrawing
internal import ModelRunner
internal import Support

/// A chart of the profiles of a run: a panel with temperatures, and one with mixing ratios.
struct LineChartOfProfile {
    /// The species by default, if a run has them.
    private static let usual = ["O2", "CO2", "H2O", "CH4", "O3", "CO", "H2", "N2O"]
    /// The largest number of species whose lines have different colours next to the temperatures.
    private static let maxSpecies = 6
    /// The smallest mixing ratio of the axis.
    private static let lowest = 1e-12

    private let chart: LineChart

    /// - Parameter species: `nil` for the usual ones.
    /// - Throws: ``SettingError`` for an unknown species, or too many.
    init(_ profile: VPLAtmosProfile, title: String, species: [String]?) throws {
        let species = species ?? Array(Self.usual.filter(profile.species.contains).prefix(Self.maxSpecies))
        guard species.count <= Self.maxSpecies else {
            throw SettingError(description: "--species: at most \(Self.maxSpecies) species have different colours")
        }
        let ratios = try species.map { name in
            guard let curve = profile.mixingRatio(of: name) else {
                throw SettingError(
                    description: "--species: the run has no species '\(name)'; it has "
                        + profile.species.joined(separator: ", "))
            }
            return curve
        }
        let names = ["temperature in the photochemistry", "temperature in the climate"] + species
        let altitude = LineAxis(label: "altitude (km)", kind: .linear)
        let temperatures = [profile.temperature, profile.climateTemperature]
        let kelvins = temperatures.joined().map(\.value).filter(\.isFinite)
        let smallest = ratios.joined().map(\.value).filter { $0 > 0 }.min() ?? 1
        chart = LineChart(
            title: title, names: names,
            panels: [
                LineChart.Panel(
                    title: "temperature",
                    x: LineAxis(
                        label: "temperature (K)", kind: .linear,
                        lowest: ((kelvins.min() ?? 0) / 50).rounded(.down) * 50,
                        highest: ((kelvins.max() ?? 0) / 50).rounded(.up) * 50),
                    y: altitude, lines: Self.lines(temperatures, first: 0)),
                LineChart.Panel(
                    title: "mixing ratios",
                    x: LineAxis(
                        label: "mixing ratio", kind: .logarithmic,
                        lowest: pow(10, log10(max(smallest, Self.lowest)).rounded(.down)), highest: 1),
                    y: altitude, lines: Self.lines(ratios, first: temperatures.count)),
            ], columns: 2, panelSize: MapSize(width: 480, height: 420))
    }

    /// Writes the chart as an SVG and as a PNG.
    ///
    /// - Throws: `MapDrawingError`.
    func write(svg: String, png: String) throws {
        try chart.write(svg: svg, png: png)
    }

    private static func lines(_ curves: [VPLAtmosProfile.Curve], first: Int) -> [LineChart.Line] {
        curves.enumerated().map { index, curve in
            LineChart.Line(name: first + index, places: curve.map { ($0.value, $0.altitude) })
        }
    }
}
