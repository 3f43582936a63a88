/// What a run of Atmos can come to. A message begins with the name of its case.
enum AtmosCase: String, CaseIterable, Sendable {
    /// Stable: both programs reached their end.
    case converged
    /// Unstable: the photochemistry completed before its time was reached, or its numbers are none any more.
    case photochemistryNonconverged = "photochemistry_nonconverged"
    /// Unstable: the climate's residuals are above the exploration's tolerances.
    case climateUnsettled = "climate_unsettled"
    /// A failure: the photochemistry crashed, or printed nothing that could be read.
    case photochemistryError = "photochemistry_error"
    /// A failure: the photochemistry was ended at a limit of time.
    case photochemistryTimeout = "photochemistry_timeout"
    /// A failure: the climate crashed, ended early, or has numbers that are none.
    case climateError = "climate_error"
    /// A failure: the climate was ended at a limit of time.
    case climateTimeout = "climate_timeout"
    /// A failure before the run: there is no such run of Atmos.
    case inputError = "input_error"

    /// The case of a program that gave no verdict.
    static func failure(of program: AtmosProgram, isTimeout: Bool) -> AtmosCase {
        switch program {
        case .photochemistry: isTimeout ? .photochemistryTimeout : .photochemistryError
        case .climate: isTimeout ? .climateTimeout : .climateError
        }
    }

    /// A sentence of the case.
    func message(_ text: String) -> String { "\(rawValue): \(text)" }
}
