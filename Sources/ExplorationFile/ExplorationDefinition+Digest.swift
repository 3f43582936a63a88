internal import ModelRunner
internal import ParameterSpace
internal import Support

extension ExplorationDefinition {
    /// The SHA-256, in hexadecimal, over everything that determines which points are run and what a verdict means: the
    /// parameters with their axes and constraints, the strategy and the model. Titles, comments and limits are left
    /// out.
    ///
    /// It is computed from the values and not from the file's text, so the former names of keys give the same digest.
    /// The words in it must never change.
    package var digest: String {
        Hexadecimal.encode(SHA256.hash(digestedLines.joined(separator: "\n").utf8))
    }

    /// The lines that the digest is computed over.
    var digestedLines: [String] {
        var lines = ["exploration \(name)"]
        for parameter in space.parameters {
            lines.append(
                "parameter \(parameter.name) \(parameter.kind.rawValue) \(parameter.start) \(parameter.role.text)")
        }
        lines += space.constraints.map { "constraint \($0.text)" }
        lines += starts.dropFirst().map { "start \($0.code)" }
        lines.append(strategy.text)
        lines.append("model \(model.adapter.text)")
        if let image = model.runtime.image { lines.append("image \(image)") }
        lines += model.runtime.environment.sorted { $0.key < $1.key }.map { "environment \($0)=\($1)" }
        lines += model.outputs.map { "output \($0.name) \($0.unit)" }
        return lines
    }
}

extension Parameter.Role {
    fileprivate var text: String {
        switch self {
        case .fixed: "fixed"
        case .remainder(let decimals): "filler \(decimals)"
        case .axis(let axis): "axis \(axis.range.lowerBound) \(axis.range.upperBound) \(axis.scale.text)"
        }
    }
}

extension Strategy {
    fileprivate var text: String {
        switch self {
        case .flood(let flood):
            // Whether known points are expanded again changes when points are run, not which.
            "flood \(flood.neighbourhood.shape.rawValue) \(flood.neighbourhood.steps)"
        case .frontier(let frontier):
            "frontier \(frontier.resolution) \(frontier.initialStep) \(frontier.traceStep) \(frontier.interior.rawValue)"
        case .adaptive(let adaptive):
            "adaptive \(adaptive.resolution) \(adaptive.initialStep) \(adaptive.batch) \(adaptive.target.text)"
        case .sequence(.grid(let every)):
            "grid \(every)"
        case .sequence(.sobol(let points, let scrambling, let seed)):
            "sobol \(points) \(scrambling.rawValue) \(seed)"
        case .sequence(.latinHypercube(let points, let seed)):
            "latin-hypercube \(points) \(seed)"
        case .sequence(.list(let list)):
            "list " + list.points.map(\.code).joined(separator: ";")
        }
    }
}

extension Adaptive.Target {
    fileprivate var text: String {
        switch self {
        case .verdict: "verdict"
        case .output(let index, let level): "output \(index) \(level)"
        }
    }
}

extension Axis.Scale {
    fileprivate var text: String {
        switch self {
        case .linear(let bins): bins.map { "\($0.from) \($0.to) \($0.step)" }.joined(separator: ";")
        case .logarithmic(let grid): "log \(grid.stepsPerDecade) \(grid.significantDigits)"
        }
    }
}

extension VPLAtmosConfiguration.Coupling {
    fileprivate var text: String {
        passes > 1 ? " coupling \(passes) \(temperatureTolerance) \(mixingRatioTolerance)" : ""
    }
}

extension ModelDefinition.Adapter {
    fileprivate var text: String {
        switch self {
        case .columnModel: "column-model"
        // The package's location and the time limits do not change a verdict.
        case .atmos(let atmos):
            "atmos \(atmos.templates.joined(separator: ",")) \(atmos.climateSteps) \(atmos.divergenceTolerance) "
                + "\(atmos.surfaceChangeTolerance) \(atmos.maxClimateSteps)" + atmos.coupling.text
        case .command(let arguments): "command \(arguments)"
        case .synthetic(let region):
            "synthetic " + region.map { "\($0.name) \($0.centre) \($0.radius)" }.joined(separator: ";")
        }
    }
}
