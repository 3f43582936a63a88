internal import Testing

@testable internal import MapDrawing

@Suite("The range of an axis")
struct AxisModelTests {
    private func model(_ values: [Double], scale: MapAxis.Scale = .linear, step: Double? = nil) -> AxisModel {
        AxisModel(
            MapAxis(label: "x", scale: scale, step: step), values: values.compactMap { AxisModel.scaled($0, scale) })
    }

    @Test("merges values that differ only by rounding")
    func roundingDifferences_areMerged() {
        let axis = model([0.1 + 0.2, 0.3, 0.1, 0.2, 0.30000000000000004])
        #expect(axis.places.count == 3)
        #expect(axis.place(nearest: 0.3) == 2)
        #expect(axis.place(nearest: 0.14) == 0)
        #expect(axis.place(nearest: 0.16) == 1)
    }

    @Test("has a margin of half a step around the points")
    func range_hasMarginOfHalfAStep() {
        let axis = model([0, 1, 2, 3])
        #expect(axis.gap == 1)
        #expect((-0.6..<(-0.5)).contains(axis.range.lowerBound))
        #expect((3.5...3.6).contains(axis.range.upperBound))
        #expect(axis.tickRange.lowerBound == 0)
    }

    @Test("has a range around a single value", arguments: [0, 1e-6, 4e-4, 1, 288, -3] as [Double])
    func singleValue_hasARange(value: Double) {
        let axis = model([value])
        #expect(axis.range.lowerBound < value)
        #expect(axis.range.upperBound > value)
        #expect(axis.gap == nil)
        #expect(
            model([4e-4], scale: .logarithmic).range.upperBound - model([4e-4], scale: .logarithmic).range.lowerBound
                == 1)
        #expect(model([5], step: 2).range == 1...9)
    }

    @Test("has cells that meet half-way between equal steps and extend half a step at the ends")
    func cells_meetHalfWay() {
        let axis = model([0, 0.1, 0.2, 0.5])
        #expect(
            axis.extent(of: 1, previous: 0, next: 2).upperBound == axis.extent(of: 2, previous: 1, next: 3).lowerBound)
        let rim = axis.extent(of: 3, previous: nil, next: nil)
        #expect(abs(rim.lowerBound - 0.45) < 0.001)
        #expect(abs(rim.upperBound - 0.55) < 0.001)
    }

    @Test("has no place for values that cannot be drawn")
    func undrawableValue_hasNoPlace() {
        for value in [Double.nan, .infinity, -.infinity, 1e300] {
            #expect(AxisModel.scaled(value, .linear) == nil)
            #expect(AxisModel.scaled(value, .logarithmic) == nil)
        }
        #expect(AxisModel.scaled(0, .linear) == 0)
        #expect(AxisModel.scaled(0, .logarithmic) == nil)
        #expect(AxisModel.scaled(-1, .logarithmic) == nil)
        #expect(AxisModel.scaled(100, .logarithmic) == 2)
    }
}
