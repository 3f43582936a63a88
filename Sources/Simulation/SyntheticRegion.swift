package import ParameterSpace

/// A stable region with a known edge on a cubic integer grid, for measuring searches.
package struct SyntheticRegion: Sendable {
    package enum Shape: String, CaseIterable, Sendable {
        case sphere, shell, neck

        package var title: String {
            switch self {
            case .sphere: "sphere"
            case .shell: "thin shell"
            case .neck: "two regions, narrow neck"
            }
        }
    }

    package let shape: Shape
    package let dimensions: Int
    /// The number of values on each axis, from 0.
    package let size: Int

    /// - Parameters:
    ///   - dimensions: 1 to 5.
    ///   - size: `nil` for a size that gives ten thousand to a hundred thousand points.
    package init(_ shape: Shape, dimensions: Int, size: Int? = nil) {
        self.shape = shape
        self.dimensions = dimensions
        self.size = size ?? [2: 256, 3: 64][dimensions] ?? 16
    }

    /// Off the grid's own symmetry, so that no strategy benefits from it.
    private var centre: [Double] {
        (0..<dimensions).map { Double(size) / 2 - 0.5 + [0.31, -0.17, 0.23, -0.41, 0.11][$0] }
    }

    /// The radius of the sphere.
    private var radius: Double { 0.38 * Double(size) }

    /// Half of the shell's thickness.
    private var halfThickness: Double { dimensions == 5 ? 1.1 : 1.5 }

    /// The start: a stable point.
    package var start: [Int] {
        var start = centre
        switch shape {
        case .sphere: break
        case .shell: start[0] += radius
        case .neck: start[0] -= 0.24 * Double(size)
        }
        return start.map { Int($0.rounded()) }
    }

    package func isStable(_ place: [Int]) -> Bool {
        let offset = zip(place, centre).map { Double($0) - $1 }
        func length(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        switch shape {
        case .sphere:
            return length(offset) <= radius
        case .shell:
            return abs(length(offset) - radius) <= halfThickness
        case .neck:
            let distance = 0.24 * Double(size)
            let inBall = [-distance, distance].contains { centre in
                length([offset[0] - centre] + offset.dropFirst()) <= 0.19 * Double(size)
            }
            return inBall || abs(offset[0]) < distance && length(Array(offset.dropFirst())) <= 1.6
        }
    }

    package var space: Space {
        let range = ExactDecimal.zero...ExactDecimal("\(size - 1)")!
        return Space(
            parameters: start.enumerated().map { index, start in
                Parameter(
                    name: "x\(index + 1)", kind: .scalar, role: .axis(Axis(step: .one, range: range)),
                    start: ExactDecimal("\(start)")!, unit: "1", description: "")
            })
    }

    /// Returns a point of ``space`` with its verdict.
    package func judge(_ point: Point) -> FinishedPoint {
        FinishedPoint(point: point, isStable: isStable(point.values.map { Int($0.doubleValue) }))
    }
}
