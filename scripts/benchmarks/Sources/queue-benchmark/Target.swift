import Foundation

/// A figure and the bound that it must keep.
struct Target: CustomStringConvertible {
    let description: String
    let isMet: Bool

    init(_ name: String, _ value: Double, atLeast bound: Double) {
        isMet = value >= bound
        description = "\(isMet ? "pass" : "MISS") \(name) \(decimal(value, 2)) ≥ \(decimal(bound, 2))"
    }

    init(_ name: String, _ value: Double, atMost bound: Double) {
        isMet = value <= bound
        description = "\(isMet ? "pass" : "MISS") \(name) \(decimal(value, 2)) ≤ \(decimal(bound, 2))"
    }
}

/// `number` with so many decimals.
func decimal(_ number: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", number)
}
