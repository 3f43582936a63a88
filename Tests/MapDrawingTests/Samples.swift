internal import Glibc
internal import MapDrawing

/// Charts that look like what explorations find.
enum Samples {
    /// A band of stable climates between a runaway edge and a collapse edge; a real exploration stops a step or two
    /// outside of it.
    static func habitableZone(columns: Int, rows: Int, everywhere: Bool = false) -> MapChart {
        var points: [MapPoint] = []
        for column in 0..<columns {
            for row in 0..<rows {
                let insolation = 0.3 + 0.9 * Double(column) / Double(columns - 1)
                let decades = -6 + 5.95 * Double(row) / Double(rows - 1)
                let temperature = 288 + 95 * (insolation - 1) + 8.5 * (decades + 3.4) + 3 * sin(4 * decades)
                let stable = temperature > 220 && temperature < 322
                if !everywhere, temperature < 213 || temperature > 327 { continue }
                points.append(
                    MapPoint(
                        x: insolation, y: pow(10, decades), state: stable ? .stable : .unstable,
                        value: stable ? temperature : nil))
            }
        }
        return MapChart(
            title: "Stable atmospheres: habitable-zone",
            subtitle: "O2 0.21, CH4 1.63e-6, H2O 0.0123, H2 8.13e-8, N2 fills up to 1",
            x: MapAxis(label: "Insolation", unit: "Earth = 1"),
            y: MapAxis(label: "CO2", unit: "mixing ratio", scale: .logarithmic),
            colour: MapColourScale(label: "Surface temperature", unit: "K"),
            points: points, start: MapPosition(x: 1, y: 4e-4))
    }

    /// A chart of these points with nothing else to say.
    static func plain(_ points: [MapPoint], x: MapAxis.Scale = .linear, y: MapAxis.Scale = .linear) -> MapChart {
        MapChart(
            title: "Map", x: MapAxis(label: "CH4", unit: "mixing ratio", scale: x),
            y: MapAxis(label: "CO2", unit: "mixing ratio", scale: y),
            colour: MapColourScale(label: "Surface temperature", unit: "K"), points: points)
    }
}
