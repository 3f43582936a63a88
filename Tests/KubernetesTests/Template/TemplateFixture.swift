import ExplorationFile

@testable import KubernetesClient
@testable import LeaseQueue
@testable import Scaler

/// Variables and templates for tests.
enum TemplateFixture {
    static let decision = ScalingDecision.decide(
        exploration: "earth", queue: "main", load: QueueLoad(ready: 40, leased: 0, runTime: .seconds(7200)),
        live: WorkerCounts(),
        policy: ScalingPolicy())

    static func variables(_ custom: [String: String] = [:], exploration: String = "earth") -> TemplateVariables {
        let resources = RunResources(
            cpus: Quantity("500m")!, ram: Quantity("1280Mi")!, disk: Quantity("1Gi")!, gpus: 0)
        let entry = QueueReportEntry(
            exploration: exploration, namespace: "atmos:\(exploration)", queue: "main", report: QueueReport.sample,
            runTime: .seconds(12), resources: resources, nodes: [])
        return TemplateVariables(
            entry: entry, decision: decision, policy: ScalingPolicy(), namespace: "atmos-explorer", custom: custom)
    }

    /// A complete Job, with additional lines in its annotations and in its first container.
    static func job(annotations: String = "", container: String = "", head: String = "") -> String {
        """
        \(head)
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: {{ job.name }}
          labels: &labels {app.kubernetes.io/name: atmos-worker, atmos-explorer.io/exploration: {{ exploration.name }}, atmos-explorer.io/queue: {{ queue.name }}}
          annotations:
            fixed: "yes"
        \(annotations)
        spec:
          parallelism: {{ pods }}
          template:
            metadata: {labels: *labels}
            spec:
              restartPolicy: Never
              containers:
                - name: model
                  image: model
        \(container)
        """
    }

    static func render(
        _ text: String, _ custom: [String: String] = [:], exploration: String = "earth"
    ) throws -> [Manifest] {
        try JobTemplate(text: text, file: "t.yaml").render(variables(custom, exploration: exploration))
    }
}

extension QueueReport {
    /// The report of a queue with 40 ready jobs.
    static let sample = sampled()

    static func sampled(control: ControlState = .run, budget: Int? = nil) -> QueueReport {
        QueueReport(
            counts: QueueCounts(ready: 40, delayed: 1, leased: 2, dead: 3), control: control, budget: budget,
            limit: nil,
            oldestReadyAge: .seconds(5), lastMinute: QueueRates(), lastHour: QueueRates(), consumers: [])
    }
}
