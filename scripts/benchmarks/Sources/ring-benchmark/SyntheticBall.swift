/// A ball of stable points in five dimensions, searched two steps out along every axis: twenty proposals a stable
/// point.
struct SyntheticBall {
    /// The number of points that the search runs: the stable ones, and the unstable ones within two steps of them.
    let points: Int
    let radius: Double
    let name: String

    /// The centre is off the grid, so that all distances differ and a radius can contain any number of points exactly.
    /// The radii were found by counting.
    private static let centre = ["v": 0.112347, "w": 0.233911, "x": 0.317713, "y": 0.418907, "z": 0.473329]

    static let all = [
        SyntheticBall(points: 10_003, radius: 3.291415072977543, name: "10k"),
        SyntheticBall(points: 100_002, radius: 5.83492084313184, name: "100k"),
        // 124,314 of these are stable: as many as the atmospheres of the survey that this kind of search comes from.
        SyntheticBall(points: 287_794, radius: 7.492757314339562, name: "survey"),
        SyntheticBall(points: 1_000_003, radius: 9.974128194153309, name: "1M"),
    ]

    /// The exploration's file.
    var definition: String {
        let names = Self.centre.keys.sorted()
        let parameters = names.map {
            "  - {name: \($0), kind: scalar, start: 0, axis: {step: 1, minimum: -1000, maximum: 1000}}"
        }
        let centre = names.map { "\($0): \(Self.centre[$0]!)" }.joined(separator: ", ")
        let radii = names.map { "\($0): \(radius)" }.joined(separator: ", ")
        return """
            name: ring-benchmark
            parameters:
            \(parameters.joined(separator: "\n"))
            strategy: {kind: flood, neighbours: sides, steps: 2}
            model:
              adapter: synthetic
              region: {centre: {\(centre)}, radius: {\(radii)}}

            """
    }
}
