import Foundation
import Support
import TestSupport
import Testing

@testable import ParameterSpace

/// An independent implementation of the neighbour rule with another arithmetic: from the list of all values of an axis, it
/// takes the nearest `steps` values below the point's value and the nearest `steps` above it.
private struct ReferenceNeighbourhood {
    let steps: Int
    let shape: Neighbourhood.Shape
    let axes: [RandomAxis]
    /// The decimals of the remainder, which is the last parameter; `nil` if there is none.
    let decimals: Int?

    /// The codes of the neighbours of a point.
    func codes(around point: [Decimal]) -> Set<String> {
        let choices = zip(axes, point).map { axis, value in
            [value] + axis.values.filter { $0 < value }.suffix(steps) + axis.values.filter { $0 > value }.prefix(steps)
        }
        var combinations: [[Decimal]] = [[]]
        for choice in choices { combinations = combinations.flatMap { head in choice.map { head + [$0] } } }
        let neighbours = combinations.filter { combination in
            let moved = zip(combination, point).count { $0 != $1 }
            return moved == 1 || (moved > 1 && shape == .diagonals)
        }
        return Set(neighbours.compactMap(code))
    }

    /// The code of a point; `nil` if the sum of its mixing ratios exceeds 1.
    func code(_ values: [Decimal]) -> String? {
        let sum = zip(axes, values).filter(\.0.isMixingRatio).reduce(Decimal(0)) { $0 + $1.1 }
        guard sum <= 1 else { return nil }
        var all = values
        if let decimals {
            var rest = 1 - sum
            var rounded = Decimal()
            NSDecimalRound(&rounded, &rest, decimals, .plain)
            all.append(rounded)
        }
        return all.map { ExactDecimal($0.description)!.description }.joined(separator: ",")
    }
}

/// An axis of any kind, with a list of its values.
private struct RandomAxis {
    let axis: Axis
    let values: [Decimal]
    let isMixingRatio: Bool

    init(using generator: inout SplitMix64) {
        isMixingRatio = Bool.random(using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0:
            let (low, high) = Self.range(&generator)
            let step = Self.random(15...400, &generator)
            values = Self.multiples(of: step, from: low, to: high, closed: true)
            axis = Axis(step: step.exact, range: low.exact...high.exact)
        case 1:
            let ends = Set((0..<4).map { _ in Self.random(0...5_000, &generator) }).sorted()
            guard ends.count > 1 else { fallthrough }
            let bins = zip(ends, ends.dropFirst()).map { (from: $0, to: $1, step: Self.random(15...400, &generator)) }
            values = bins.enumerated().flatMap { index, bin in
                Self.multiples(of: bin.step, from: bin.from, to: bin.to, closed: index == bins.count - 1)
            }
            axis = Axis(
                scale: .linear(
                    bins.map { Axis.Bin(from: $0.from.exact, to: $0.to.exact, step: $0.step.exact) }),
                range: ends[0].exact...ends[ends.count - 1].exact)
        default:
            let perDecade = Int.random(in: 1...9, using: &generator)
            let digits = Int.random(in: 2...4, using: &generator)
            let low = Self.random(1...100, &generator)
            let high = low + Self.random(1...9_000, &generator)
            values = (-5 * perDecade...perDecade).map { number in
                let value = String(format: "%.\(digits - 1)e", pow(10, Double(number) / Double(perDecade)))
                return Decimal(string: value)!
            }.filter { low <= $0 && $0 <= high }
            axis = Axis(
                scale: .logarithmic(LogarithmicGrid(stepsPerDecade: perDecade, significantDigits: digits)!),
                range: low.exact...high.exact)
        }
    }

    /// Returns a value on the axis, or one between two values.
    func start(using generator: inout SplitMix64) -> Decimal {
        let low = Decimal(string: axis.range.lowerBound.description)!
        let high = Decimal(string: axis.range.upperBound.description)!
        // Small values, so that the sum of the mixing ratios often stays below 1.
        if Int.random(in: 0..<4, using: &generator) > 0, let value = values.prefix(4).randomElement(using: &generator) {
            return value
        }
        let part = Self.random(0...3_000, &generator)
        return low + (high - low) * part
    }

    private static func range(_ generator: inout SplitMix64) -> (Decimal, Decimal) {
        let low = random(0...2_000, &generator)
        return (low, low + random(1...6_000, &generator))
    }

    /// Returns a random number of ten-thousandths.
    private static func random(_ range: ClosedRange<Int>, _ generator: inout SplitMix64) -> Decimal {
        Decimal(Int.random(in: range, using: &generator)) / 10_000
    }

    private static func multiples(of step: Decimal, from: Decimal, to: Decimal, closed: Bool) -> [Decimal] {
        var found: [Decimal] = []
        var value = Decimal(0)
        while value < to || (closed && value == to) {
            if value >= from { found.append(value) }
            value += step
        }
        return found
    }
}

extension Decimal {
    fileprivate var exact: ExactDecimal { ExactDecimal(description)! }
}

@Suite("Neighbours on random axes")
struct RandomNeighbourhoodTests {
    @Test(
        "agree with a reference implementation for equal steps, bins and decades, with and without a remainder",
        arguments: Neighbourhood.Shape.allCases, [false, true])
    func randomAxes_agreeWithReference(shape: Neighbourhood.Shape, hasRemainder: Bool) {
        var generator = SplitMix64(seed: hasRemainder ? 7 : 8)
        var checked = 0
        for round in 0..<100 {
            let axes = (0..<Int.random(in: 1...3, using: &generator)).map { _ in RandomAxis(using: &generator) }
            let rule = ReferenceNeighbourhood(
                steps: Int.random(in: 1...3, using: &generator), shape: shape, axes: axes,
                decimals: hasRemainder ? Int.random(in: 0...10, using: &generator) : nil)
            let start = axes.map { $0.start(using: &generator) }
            let space = Self.space(of: rule, start: start)
            guard let code = rule.code(start) else {
                #expect(space.start == nil, "round \(round): \(start)")
                continue
            }
            #expect(space.start?.code == code, "round \(round)")
            guard let centre = space.start else { continue }
            let found = Neighbourhood(shape: shape, steps: rule.steps).neighbours(of: centre, in: space).map(\.code)
            #expect(Set(found) == rule.codes(around: start), "round \(round): around \(code)")
            #expect(Set(found).count == found.count, "round \(round): duplicates")
            checked += 1
        }
        #expect(checked > 30)
    }

    private static func space(of rule: ReferenceNeighbourhood, start: [Decimal]) -> Space {
        var parameters = zip(rule.axes, start).enumerated().map { index, axis in
            Parameter(
                name: "p\(index)", kind: axis.0.isMixingRatio ? .mixingRatio : .scalar, role: .axis(axis.0.axis),
                start: axis.1.exact, unit: "", description: "")
        }
        if let decimals = rule.decimals {
            parameters.append(
                Parameter(
                    name: "rest", kind: .mixingRatio, role: .remainder(decimals: decimals), start: .zero, unit: "",
                    description: ""))
        }
        return Space(parameters: parameters)
    }
}

@Suite("Neighbours")
struct NeighbourhoodTests {
    @Test("of the start of the Earth survey are thirteen, on the grid of each axis")
    func earthStart_hasThirteenNeighbours() throws {
        let space = earth()
        let neighbours = Neighbourhood(shape: .sides, steps: 2).neighbours(of: try #require(space.start), in: space)
        #expect(
            neighbours.map(\.code) == [
                "0.19,0.7972982887,0.0123,1.63e-6,0.0004,8.13e-8", "0.2,0.7872982887,0.0123,1.63e-6,0.0004,8.13e-8",
                "0.22,0.7672982887,0.0123,1.63e-6,0.0004,8.13e-8", "0.23,0.7572982887,0.0123,1.63e-6,0.0004,8.13e-8",
                "0.21,0.7795982887,0.01,1.63e-6,0.0004,8.13e-8", "0.21,0.7695982887,0.02,1.63e-6,0.0004,8.13e-8",
                "0.21,0.7595982887,0.03,1.63e-6,0.0004,8.13e-8", "0.21,0.7722999187,0.0123,0.005,0.0004,8.13e-8",
                "0.21,0.7672999187,0.0123,0.01,0.0004,8.13e-8", "0.21,0.7676982887,0.0123,1.63e-6,0.01,8.13e-8",
                "0.21,0.7576982887,0.0123,1.63e-6,0.02,8.13e-8", "0.21,0.77229837,0.0123,1.63e-6,0.0004,0.005",
                "0.21,0.76729837,0.0123,1.63e-6,0.0004,0.01",
            ])
    }

    @Test("with a negative remainder are left out")
    func negativeRemainder_isLeftOut() throws {
        let space = earth()
        let point = try space.point(code: "0.98,0.01,0.01,0,0,0")
        let codes = Neighbourhood(shape: .sides, steps: 2).neighbours(of: point, in: space).map(\.code)
        #expect(codes.contains("0.99,0,0.01,0,0,0"))
        #expect(!codes.contains { $0.hasPrefix("1,") })
    }
}
