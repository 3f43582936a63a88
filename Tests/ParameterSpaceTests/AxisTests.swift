import Testing

@testable import ParameterSpace

@Suite("An axis")
struct AxisTests {
    @Test("places a start off its grid between grid values, of which none are zero or negative")
    func startOffTheGrid_hasGridNeighbours() {
        let axis = Axis(step: ExactDecimal("0.01")!, range: .leastPositive ... .one)
        let (below, above) = axis.neighbours(of: ExactDecimal("4.0e-4")!, steps: 2)
        #expect(below.isEmpty)
        #expect(above == decimals("0.01", "0.02"))
        #expect(axis.neighbours(of: ExactDecimal("0.02")!, steps: 2).below == decimals("0.01"))
    }

    @Test("includes its largest value and ends there")
    func largestValue_isTheLastNeighbour() {
        let axis = Axis(step: ExactDecimal("0.3")!, range: .zero...ExactDecimal("0.9")!)
        #expect(axis.neighbours(of: ExactDecimal("0.6")!, steps: 3).above == decimals("0.9"))
        #expect(axis.neighbours(of: ExactDecimal("0.6")!, steps: 3).below == decimals("0.3", "0"))
        #expect(axis.next(above: ExactDecimal("0.9")!) == nil)
    }

    @Test("uses the step of the bin that contains a value")
    func bins_haveSeparateSteps() {
        let fine = Axis.Bin(from: .zero, to: ExactDecimal("0.01")!, step: ExactDecimal("0.002")!)
        let coarse = Axis.Bin(from: ExactDecimal("0.01")!, to: .one, step: ExactDecimal("0.05")!)
        let axis = Axis(scale: .linear([fine, coarse]), range: .zero ... .one)
        #expect(axis.neighbours(of: ExactDecimal("0.006")!, steps: 3).above == decimals("0.008", "0.05", "0.1"))
        #expect(axis.neighbours(of: ExactDecimal("0.1")!, steps: 3).below == decimals("0.05", "0.008", "0.006"))
    }

    @Test("has even logarithmic steps that are exact to the given number of digits")
    func logarithmicSteps_areRoundedToTheDigits() throws {
        let grid = try #require(LogarithmicGrid(stepsPerDecade: 4, significantDigits: 3))
        let axis = Axis(scale: .logarithmic(grid), range: ExactDecimal("1e-5")!...ExactDecimal("0.9")!)
        let (below, above) = axis.neighbours(of: ExactDecimal("4e-4")!, steps: 3)
        #expect(below == decimals("0.000316", "0.000178", "0.0001"))
        #expect(above == decimals("0.000562", "0.001", "0.00178"))
        #expect(axis.neighbours(of: ExactDecimal("0.5")!, steps: 3).above == decimals("0.562"))
        #expect(axis.neighbours(of: ExactDecimal("1.78e-5")!, steps: 3).below == decimals("1e-5"))
    }

    @Test("rejects a number of digits that cannot distinguish its steps")
    func tooFewDigits_areRejected() {
        #expect(LogarithmicGrid(stepsPerDecade: 20, significantDigits: 1) == nil)
        #expect(LogarithmicGrid(stepsPerDecade: 0, significantDigits: 3) == nil)
        #expect(LogarithmicGrid(stepsPerDecade: 20, significantDigits: 2) != nil)
    }

    @Test("leads back the same way")
    func stepUpThenDown_returnsToTheValue() throws {
        let grid = try #require(LogarithmicGrid(stepsPerDecade: 7, significantDigits: 4))
        let log = Axis(scale: .logarithmic(grid), range: ExactDecimal("1e-6")! ... .one)
        let linear = Axis(step: ExactDecimal("0.037")!, range: .zero ... .one)
        for axis in [log, linear] {
            var value = try #require(axis.next(above: axis.range.lowerBound))
            while let next = axis.next(above: value) {
                #expect(next > value)
                #expect(axis.next(below: next) == value)
                value = next
            }
        }
    }
}
