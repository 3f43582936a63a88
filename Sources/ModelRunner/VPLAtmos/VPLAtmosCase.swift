/// The possible ends of a run of Atmos. A message begins with the name of its case.
enum VPLAtmosCase: String, CaseIterable, Sendable {
    /// Stable: both programs reached their end.
    case converged
    /// Unstable: the photochemistry completed before its time was reached, or its numbers turned to NaN.
    case photochemistryNonconverged = "photochemistry_nonconverged"
    /// Unstable: the climate's residuals are above the exploration's tolerances.
    case climateUnsettled = "climate_unsettled"
    /// Unstable: the passes of both programs did not come to agree.
    case couplingUnsettled = "coupling_unsettled"
    /// A failure: the photochemistry crashed, or its output cannot be read.
    case photochemistryError = "photochemistry_error"
    /// A failure: the photochemistry was ended at a limit of time.
    case photochemistryTimeout = "photochemistry_timeout"
    /// A failure: the climate crashed, ended early, or printed NaN.
    case climateError = "climate_error"
    /// A failure: the climate was ended at a limit of time.
    case climateTimeout = "climate_timeout"
    /// A failure before the run: Atmos cannot run on this point.
    case inputError = "input_error"

    /// The case of a program that gave no verdict.
    static func failure(of program: VPLAtmosProgram, isTimeout: Bool) -> VPLAtmosCase {
        switch program {
        case .photochemistry: isTimeout ? .photochemistryTimeout : .photochemistryError
        case .climate: isTimeout ? .climateTimeout : .climateError
        }
    }

    /// A message that begins with the case.
    func message(_ text: String) -> String { "\(rawValue): \(text)" }
}
