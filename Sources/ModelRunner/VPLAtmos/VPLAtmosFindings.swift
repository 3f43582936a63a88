/// The outcome of a photochemistry that ended by itself, or because its numbers turned to NaN.
struct PhotochemistryFinding: Equatable {
    /// The time in seconds that a converged photochemistry reaches.
    static let convergedTime = 1e17
    /// The text in its log at its regular end.
    static let completionMark = "PhotoMain run completed"

    let isConverged: Bool
    /// The outcome in words.
    let text: String
    /// The number of iterations.
    let iterations: Int?
    /// Its outputs.
    let outputs: [String: Double]

    /// Evaluates a photochemistry that was ended because its numbers turned to NaN.
    init(divergedIn report: [UInt8]) {
        self.init(unconverged: PhotochemistryOutput(report).lastStep, "EMAX is NaN")
    }

    /// Evaluates a photochemistry that exited with status 0.
    ///
    /// - Parameters:
    ///   - report: `out.out`.
    ///   - log: its output.
    ///   - profile: `PTZ_mixingratios_out.dist`.
    ///   - species: further species whose mixing ratios and fluxes are outputs.
    /// - Throws: ``VPLAtmosOutputError`` if its files are incomplete.
    init(
        report: [UInt8], log: [UInt8], profile: [UInt8], species further: [String] = []
    ) throws(VPLAtmosOutputError) {
        guard log[...].contains(text: Self.completionMark) else {
            throw VPLAtmosOutputError(description: "its log has no line '\(Self.completionMark)'")
        }
        let output = PhotochemistryOutput(report)
        guard let step = output.lastStep else {
            throw VPLAtmosOutputError(description: "out.out has no readable line 'N = … EMAX = … TIME = …'")
        }
        guard !step.hasNaN, step.emax.isFinite, step.time.isFinite else {
            self.init(unconverged: step, "its last iteration contains NaN or infinite values")
            return
        }
        guard step.time >= Self.convergedTime else {
            self.init(unconverged: step, "it completed at TIME \(step.time) s, below \(Self.convergedTime) s")
            return
        }
        guard let fluxes = output.surfaceFluxes else {
            throw VPLAtmosOutputError(description: "out.out has no complete table of the fluxes of long-lived species")
        }
        guard let surface = MixingRatioProfile(profile)?.surface else {
            throw VPLAtmosOutputError(
                description: "PTZ_mixingratios_out.dist lacks a line of names and a matching row of numbers")
        }
        var outputs = Self.progress(step)
        outputs[VPLAtmosOutputs.ozoneColumn] = output.ozoneColumn.flatMap { $0.isFinite ? $0 : nil }
        outputs[VPLAtmosOutputs.redoxImbalance] = output.redoxImbalance.flatMap { $0.isFinite ? $0 : nil }
        for species in VPLAtmosOutputs.species + further {
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

/// An invalid output of a program. The description completes a sentence such as "PHOTOCHEM exited with status 0, but …".
struct VPLAtmosOutputError: Error, Equatable, CustomStringConvertible {
    let description: String
}
