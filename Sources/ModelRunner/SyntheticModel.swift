internal import Support
package import SystemPackage

/// A model without a program: points inside an ellipsoid in parameter space are stable. For benchmarks and for testing an
/// exploration's configuration.
///
/// A run takes no time and reads and writes no files. Its only output, `distance`, is the distance of the point from the
/// region's centre in units of the radii: at most 1 for a stable point.
package struct SyntheticModel: Model {
    /// The region's extent along one parameter.
    package struct Extent: Sendable, Hashable {
        /// The parameter's name.
        package let name: String
        /// The parameter's value at the centre.
        package let centre: Double
        /// The region's half-width along this parameter; above 0.
        package let radius: Double

        /// Creates an extent; ``SyntheticModel/init(name:region:)`` checks it.
        package init(name: String, centre: Double, radius: Double) {
            self.name = name
            self.centre = centre
            self.radius = radius
        }
    }

    /// The name that the ledger records.
    package let name: String

    /// The numbers of the region.
    package let version: String

    /// The output of each run: `distance`.
    package static let outputs = [
        OutputDefinition(
            name: "distance", unit: "", description: "distance from the region's centre in units of its radii")
    ]

    /// ``outputs``.
    package var outputs: [OutputDefinition] { Self.outputs }

    package var usesFiles: Bool { false }

    /// The region, with one extent for each parameter that it depends on.
    package let region: [Extent]

    /// Creates a model with a region of stable points.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` if the region is empty, names a parameter twice,
    ///   or has a centre that is not finite or a radius that is not finite and above 0.
    package init(name: String = "synthetic", region: [Extent]) throws(ModelFailure) {
        func refuse(_ reason: String) -> ModelFailure {
            ModelFailure(kind: .spawn, message: "the region of model '\(name)' \(reason)")
        }
        guard !region.isEmpty else { throw refuse("names no parameter") }
        var seen: Set<String> = []
        for extent in region {
            guard seen.insert(extent.name).inserted else { throw refuse("names \(extent.name) twice") }
            guard extent.centre.isFinite else { throw refuse("has a centre of \(extent.centre) for \(extent.name)") }
            guard extent.radius.isFinite, extent.radius > 0 else {
                throw refuse("has a radius of \(extent.radius) for \(extent.name); it must be above 0")
            }
        }
        self.name = name
        self.region = region
        version = region.map { "\($0.name)=\($0.centre)±\($0.radius)" }.joined(separator: " ")
    }

    /// Decides whether the point is in the region. The limits and the folders are not used.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` if the point lacks a parameter of the region or
    ///   has a value that is not a number.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult {
        try Task.checkCancellation()
        var square = 0.0
        for extent in region {
            guard let text = input.values.first(where: { $0.name == extent.name })?.value else {
                throw ModelFailure(
                    kind: .input,
                    message: "the point lacks \(extent.name), a parameter of the region of model '\(name)'"
                )
            }
            guard InputText.isNumber(text), let value = Double(text) else {
                throw ModelFailure(
                    kind: .input, message: "invalid \(extent.name) '\(text)' of the point: expected a number")
            }
            let part = (value - extent.centre) / extent.radius
            square += part * part
        }
        let distance = square.squareRoot()
        return ModelResult(
            verdict: distance <= 1 ? .stable : .unstable,
            message: distance <= 1 ? "inside the region" : "outside the region", outputs: ["distance": distance])
    }
}
