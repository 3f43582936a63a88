/// The outcome of a climate that exited with status 0.
struct ClimateFinding: Equatable {
    /// The text that gfortran's runtime prints when a program crashes, with any exit status.
    static let crashMark = "Backtrace for this error"
    /// The residual that the authors of Atmos call probably small enough. Their analysis scripts warn of larger ones.
    static let authorsResidual = 1e-3

    /// Whether the residuals are within the exploration's tolerances.
    let isSettled: Bool
    /// The outcome in words.
    let text: String
    /// Its outputs.
    let outputs: [String: Double]

    /// Evaluates the files of a climate.
    ///
    /// - Parameters:
    ///   - report: `clima_allout.tab`.
    ///   - log: its output.
    ///   - previousSteps: the number of steps of the runs that this one continued.
    ///   - configuration: the number of steps, and the tolerances.
    /// - Throws: ``VPLAtmosOutputError`` if it did not reach its last step, or printed NaN.
    init(
        report: [UInt8], log: [UInt8], previousSteps: Int = 0, configuration: VPLAtmosConfiguration
    ) throws(VPLAtmosOutputError) {
        guard !log[...].contains(text: Self.crashMark) else {
            throw VPLAtmosOutputError(description: "its log contains '\(Self.crashMark)'")
        }
        let output = ClimateOutput(report)
        guard let step = output.lastStep else {
            throw VPLAtmosOutputError(description: "clima_allout.tab has no readable line 'NST= …'")
        }
        guard step.number == configuration.climateSteps else {
            throw VPLAtmosOutputError(
                description: "clima_allout.tab ends with step \(step.number) of \(configuration.climateSteps)")
        }
        guard step.isFinite, output.meanDivergence.isFinite, output.meanSurfaceChange.isFinite, output.isFinite else {
            throw VPLAtmosOutputError(description: "clima_allout.tab contains NaN or infinite values")
        }
        guard let surface = output.surface else {
            throw VPLAtmosOutputError(
                description: "clima_allout.tab has no complete temperature table after the last step, "
                    + "to row \(ClimateOutput.surfaceRow) at altitude 0")
        }
        let steps = previousSteps + step.number
        var outputs = [
            VPLAtmosOutputs.surfaceTemperature: surface.temperature, VPLAtmosOutputs.surfacePressure: surface.pressure,
            VPLAtmosOutputs.climateSteps: Double(steps), VPLAtmosOutputs.climateDivergence: step.divergence,
            VPLAtmosOutputs.climateSurfaceChange: step.surfaceChange,
            VPLAtmosOutputs.climateMeanDivergence: output.meanDivergence,
            VPLAtmosOutputs.climateMeanSurfaceChange: output.meanSurfaceChange,
        ]
        outputs[VPLAtmosOutputs.planetaryAlbedo] = output.planetaryAlbedo.flatMap { $0.isFinite ? $0 : nil }
        self.outputs = outputs
        let excesses = [
            Self.excess(
                "the surface moves by", output.meanSurfaceChange, "K a step", configuration.surfaceChangeTolerance),
            Self.excess("DIVFrms is", output.meanDivergence, "", configuration.divergenceTolerance),
        ].compactMap { $0 }
        isSettled = excesses.isEmpty
        let drift = "the surface moves by \(Residual.text(output.meanSurfaceChange)) K a step"
        let divergence = "DIVFrms is \(Residual.text(output.meanDivergence))"
        let remark =
            output.meanDivergence > Self.authorsResidual
            ? ", above the \(Self.authorsResidual) that its authors call probably converged" : ""
        text =
            isSettled
            ? "climate after \(steps) steps: \(drift), \(divergence)\(remark)"
            : "after \(steps) steps " + excesses.joined(separator: ", and ")
    }

    private static func excess(_ name: String, _ residual: Double, _ unit: String, _ tolerance: Double) -> String? {
        guard residual > tolerance else { return nil }
        let unit = unit.isEmpty ? "" : " \(unit)"
        return "\(name) \(Residual.text(residual))\(unit), beyond the tolerance of \(tolerance)\(unit)"
    }
}
