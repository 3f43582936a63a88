import ExplorationFile
import LeaseQueue

@testable import KubernetesClient
@testable import Scaler

/// What templates of tests are rendered with.
enum TemplateSample {
    static let decision = ScalingDecision.decide(
        exploration: "earth", queue: "main", work: QueueLoad(ready: 40, leased: 0, runTime: .seconds(7200)),
        live: WorkerCounts(),
        policy: ScalingPolicy())

    static func variables(_ own: [String: String] = [:], exploration: String = "earth") -> TemplateVariables {
        let resources = RunResources(
            cpus: Quantity("500m")!, ram: Quantity("1280Mi")!, hdd: Quantity("1Gi")!, gpus: 0)
        let work = QueueReportEntry(
            exploration: exploration, namespace: "atmos:\(exploration)", queue: "main", report: QueueReport.sample,
            runTime: .seconds(12), resources: resources, nodes: [])
        return TemplateVariables(
            work: work, decision: decision, policy: ScalingPolicy(), namespace: "atmos-explorer", own: own)
    }

    /// A Job that has all that it must, with more in its annotations and in its first container.
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
        _ text: String, _ own: [String: String] = [:], exploration: String = "earth"
    ) throws -> [Manifest] {
        try JobTemplate(text: text, file: "t.yaml").render(variables(own, exploration: exploration))
    }
}
