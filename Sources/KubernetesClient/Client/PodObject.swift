/// A pod, as far as counting and explaining it goes.
package struct PodObject: KubernetesObject {
    package static let resource = ResourceType.pods

    package struct Spec: Codable, Sendable {
        package var nodeName: String?
    }

    package struct Status: Codable, Sendable {
        /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
        package var phase: String?
        /// Why the whole pod is as it is: `Evicted`, `Preempted`.
        package var reason: String?
        package var message: String?
        package var conditions: [ObjectCondition]?
        package var containerStatuses: [Container]?
        package var initContainerStatuses: [Container]?
    }

    package struct Container: Codable, Sendable {
        package struct State: Codable, Sendable {
            package var waiting: Waiting?
            package var terminated: Terminated?
        }

        package struct Waiting: Codable, Sendable {
            package var reason: String?
            package var message: String?
        }

        package struct Terminated: Codable, Sendable {
            package var exitCode: Int
            package var signal: Int?
            package var reason: String?
            package var message: String?
        }

        package var name: String
        package var state: State?
        package var lastState: State?
    }

    package var metadata: ObjectMetadata
    package var spec: Spec?
    package var status: Status?

    /// Whether its containers have ended, or it is being deleted and will not do any more work.
    package var isOver: Bool {
        metadata.deletionTimestamp != nil || status?.phase == "Succeeded" || status?.phase == "Failed"
    }

    /// The name of the Job that it belongs to.
    package var jobName: String? {
        metadata.ownerReferences?.first { $0.kind == "Job" }?.name ?? metadata.labels?["batch.kubernetes.io/job-name"]
    }
}
