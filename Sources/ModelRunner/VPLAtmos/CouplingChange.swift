internal import Glibc

/// The change of the atmosphere from one pass of both programs to the next.
struct CouplingChange: CustomStringConvertible {
    /// The change of the surface temperature, in K.
    let temperature: Double
    /// The species whose mixing ratio in the lowest layer changed most, and the change relative to the larger value; `nil`
    /// if no mixing ratio is known.
    let mixingRatio: (species: String, change: Double)?

    /// Compares the outputs of two passes.
    init(from before: [String: Double], to after: [String: Double]) {
        func difference(_ output: String) -> (absolute: Double, larger: Double)? {
            guard let was = before[output], let now = after[output] else { return nil }
            return ((now - was).magnitude, max(was.magnitude, now.magnitude))
        }
        temperature = difference(VPLAtmosOutputs.surfaceTemperature)?.absolute ?? .infinity
        mixingRatio = VPLAtmosOutputs.species.compactMap { species in
            difference(VPLAtmosOutputs.mixingRatio(of: species)).map {
                (species, $0.larger > 0 ? $0.absolute / $0.larger : 0)
            }
        }.max { $0.1 < $1.1 }
    }

    /// Whether two passes with this change agree.
    func isWithin(_ coupling: VPLAtmosConfiguration.Coupling) -> Bool {
        temperature <= coupling.temperatureTolerance
            && (mixingRatio?.change ?? 0) <= coupling.mixingRatioTolerance
    }

    /// `the surface temperature changes by 0.026 K, and CO by 0.3 %`.
    var description: String {
        let ratio = mixingRatio.map { ", and \($0.species) by \(Residual.text($0.change * 100)) %" } ?? ""
        return "the surface temperature changes by \(Residual.text(temperature)) K\(ratio)"
    }
}

/// Small numbers for messages.
enum Residual {
    /// The number, rounded to three significant digits.
    static func text(_ number: Double) -> String {
        guard number > 0, number.isFinite else { return number == 0 ? "0" : "\(number)" }
        let scale = pow(10, 2 - log10(number).rounded(.down))
        return "\((number * scale).rounded() / scale)"
    }
}
