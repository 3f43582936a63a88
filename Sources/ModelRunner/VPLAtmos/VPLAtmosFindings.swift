/// What a photochemistry that ended by itself, or because its numbers were none any more, came to.
struct PhotochemistryFinding: Equatable {
    /// The time in seconds that a converged photochemistry reaches.
    static let convergedTime = 1e17
    /// The line of its log that tells that it came to its end.
    static let completionMark = "PhotoMain run completed"

    /// Whether it converged.
    let isConverged: Bool
    /// That in words.
    let text: String
    /// How many iterations it took.
    let iterations: Int?
    /// The numbers that it gives.
    let outputs: [String: Double]

    /// Judges a photochemistry whose numbers turned to NaN, and which was therefore ended.
    init(divergedIn report: [UInt8]) {
        self.init(unconverged: PhotochemistryOutput(report).lastStep, "EMAX is NaN")
    }

    /// Judges a photochemistry that exited with status 0.
    ///
    /// - Parameters:
    ///   - report: `out.out`.
    ///   - log: what it printed.
    ///   - profile: `PTZ_mixingratios_out.dist`.
    /// - Throws: ``VPLAtmosOutputError`` where its files do not tell what it came to.
    init(report: [UInt8], log: [UInt8], profile: [UInt8]) throws(VPLAtmosOutputError) {
        guard log[...].contains(text: Self.completionMark) else {
            throw VPLAtmosOutputError(description: "its log has no line '\(Self.completionMark)'")
        }
        let output = PhotochemistryOutput(report)
        guard let step = output.lastStep else {
            throw VPLAtmosOutputError(description: "out.out has no line 'N = … EMAX = … TIME = …' that can be read")
        }
        guard !step.hasNaN, step.emax.isFinite, step.time.isFinite else {
            self.init(unconverged: step, "its last iteration has a number that is none")
            return
        }
        guard step.time >= Self.convergedTime else {
            self.init(unconverged: step, "it completed at TIME \(step.time) s, below \(Self.convergedTime) s")
            return
        }
        guard let fluxes = output.surfaceFluxes else {
            throw VPLAtmosOutputError(description: "out.out has no whole table of the fluxes of long-lived species")
        }
        guard let surface = MixingRatioProfile(profile)?.surface else {
            throw VPLAtmosOutputError(
                description: "PTZ_mixingratios_out.dist has no line of names and a row of numbers for them")
        }
        var outputs = Self.progress(step)
        for species in VPLAtmosOutputs.species {
            outputs[VPLAtmosOutputs.mixingRatio(of: species)] = surface[species]
            outputs[VPLAtmosOutputs.flux(of: species)] = fluxes[species].flatMap { $0.isFinite ? $0 : nil }
        }
        let text = "photochemistry at TIME \(step.time) s" + (step.iteration.map { " after \($0) iterations" } ?? "")
        self.init(isConverged: true, text: text, iterations: step.iteration, outputs: outputs)
    }

    private init(isConverged: Bool, text: String, iterations: Int?, outputs: [String: Double]) {
        self.isConverged = isConverged
        self.text = text
        self.iterations = iterations
        self.outputs = outputs
    }

    private init(unconverged step: PhotochemistryStep?, _ reason: String) {
        let iterations = step?.iteration
        self.init(
            isConverged: false, text: reason + (iterations.map { " after \($0) iterations" } ?? ""),
            iterations: iterations, outputs: step.map(Self.progress) ?? [:])
    }

    private static func progress(_ step: PhotochemistryStep) -> [String: Double] {
        var outputs: [String: Double] = [:]
        outputs[VPLAtmosOutputs.photochemistryIterations] = step.iteration.map(Double.init)
        if step.time.isFinite { outputs[VPLAtmosOutputs.photochemistryTime] = step.time }
        return outputs
    }
}

/// What is wrong with what a program left. The description completes a sentence such as "PHOTOCHEM completed, but …".
struct VPLAtmosOutputError: Error, Equatable, CustomStringConvertible {
    let description: String
}

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
    /// - Throws: ``VPLAtmosOutputError`` where it did not come to its end, or has numbers that are none.
    init(report: [UInt8], log: [UInt8], configuration: VPLAtmosConfiguration) throws(VPLAtmosOutputError) {
        guard !log[...].contains(text: Self.crashMark) else {
            throw VPLAtmosOutputError(description: "its log has '\(Self.crashMark)'")
        }
        let output = ClimateOutput(report)
        guard let step = output.lastStep else {
            throw VPLAtmosOutputError(description: "clima_allout.tab has no line 'NST= …' that can be read")
        }
        guard step.number == configuration.climateSteps else {
            throw VPLAtmosOutputError(
                description: "clima_allout.tab ends with step \(step.number) of \(configuration.climateSteps)")
        }
        guard step.isFinite, output.isFinite else {
            throw VPLAtmosOutputError(description: "clima_allout.tab has numbers that are none")
        }
        guard let surface = output.surface else {
            throw VPLAtmosOutputError(
                description: "clima_allout.tab has no temperature table after the last step that is whole, "
                    + "to row \(ClimateOutput.surfaceRow) at altitude 0")
        }
        outputs = [
            VPLAtmosOutputs.surfaceTemperature: surface.temperature, VPLAtmosOutputs.surfacePressure: surface.pressure,
            VPLAtmosOutputs.climateSteps: Double(step.number), VPLAtmosOutputs.climateDivergence: step.divergence,
            VPLAtmosOutputs.climateSurfaceChange: step.surfaceChange,
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
