internal import ArgumentParser
internal import ExplorationFile
internal import KubernetesClient
internal import Scaler

/// What the workers' resources are made from.
struct TemplateOptions: ParsableArguments {
    @Option(help: "Render this template for the work there is; see config/scaler/ for examples.")
    var jobTemplate: String?

    @Option(help: "A YAML file of texts that the template has as values.NAME.")
    var values: String?

    @Option(help: "The namespace in which the template's objects are made.")
    var namespace = "atmos-explorer"

    func validate() throws {
        guard namespace.wholeMatch(of: /[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/) != nil else {
            throw ValidationError(
                "--namespace is '\(namespace)', but a namespace has up to 63 lower-case letters, digits and '-'")
        }
    }

    /// The template with what goes into it; nil where none is named.
    ///
    /// - Throws: `TemplateError`, `DefinitionError`.
    func renderer(_ policy: ScalingPolicy) throws -> WorkerRenderer? {
        guard let jobTemplate else { return nil }
        return try WorkerRenderer(
            template: JobTemplate(file: jobTemplate), values: values.map { try TemplateValues.read(file: $0) } ?? [:],
            namespace: namespace, policy: policy)
    }
}

/// Renders the resources for a decision.
struct WorkerRenderer: Sendable {
    let template: JobTemplate
    let values: [String: String]
    let namespace: String
    let policy: ScalingPolicy

    /// - Parameter point: the point that it is for; nil for whatever is in the queue.
    /// - Throws: `TemplateError`.
    func render(_ decision: ScalingDecision, for work: QueueWork, point: PointJob? = nil) throws -> [Manifest] {
        try template.render(
            TemplateVariables(
                work: work, decision: decision, policy: policy, namespace: namespace, own: values, point: point))
    }
}
