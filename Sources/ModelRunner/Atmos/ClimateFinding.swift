/// What a climate that exited with status 0 came to.
struct ClimateFinding: Equatable {
    /// What gfortran's run-time prints when a program crashes, whatever its exit status.
    static let crashMark = "Backtrace for this error"

    /// Whether the residuals are within the exploration's tolerances.
    let isSettled: Bool
    /// That in words.
    let text: String
    /// The numbers that it gives.
    let outputs: [String: Double]

    /// Judges it.
    ///
    /// - Parameters:
    ///   - report: `clima_allout.tab`.
    ///   - log: what it printed.
    ///   - configuration: how many steps it was to take, and the tolerances.
    /// - Throws: ``AtmosProblem`` where it did not come to its end, or has numbers that are none.
    init(report: [UInt8], log: [UInt8], configuration: AtmosConfiguration) throws(AtmosProblem) {
        guard !log[...].contains(text: Self.crashMark) else {
            throw AtmosProblem(description: "its log has '\(Self.crashMark)'")
        }
        let output = ClimateOutput(report)
        guard let step = output.lastStep else {
            throw AtmosProblem(description: "clima_allout.tab has no line 'NST= …' that can be read")
        }
        guard step.number == configuration.climateSteps else {
            throw AtmosProblem(
                description: "clima_allout.tab ends with step \(step.number) of \(configuration.climateSteps)")
        }
        guard step.isFinite, output.isFinite else {
            throw AtmosProblem(description: "clima_allout.tab has numbers that are none")
        }
        guard let surface = output.surface else {
            throw AtmosProblem(
                description: "clima_allout.tab has no temperature table after the last step that is whole, "
                    + "to row \(ClimateOutput.surfaceRow) at altitude 0")
        }
        outputs = [
            AtmosOutputs.surfaceTemperature: surface.temperature, AtmosOutputs.surfacePressure: surface.pressure,
            AtmosOutputs.climateSteps: Double(step.number), AtmosOutputs.climateDivergence: step.divergence,
            AtmosOutputs.climateSurfaceChange: step.surfaceChange,
        ]
        let excesses = [
            Self.excess("DIVFrms", step.divergence, over: configuration.divergenceTolerance),
            Self.excess("DT(ND)", step.surfaceChange, over: configuration.surfaceChangeTolerance),
        ].compactMap { $0 }
        isSettled = excesses.isEmpty
        text =
            isSettled
            ? "climate after \(step.number) steps with DIVFrms \(step.divergence) and DT(ND) \(step.surfaceChange) K"
            : "after \(step.number) steps " + excesses.joined(separator: ", and ")
    }

    private static func excess(_ name: String, _ residual: Double, over tolerance: Double?) -> String? {
        guard let tolerance, residual.magnitude > tolerance else { return nil }
        return "\(name) is \(residual), beyond the tolerance of \(tolerance)"
    }
}
