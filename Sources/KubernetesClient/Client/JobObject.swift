/// A Job, as far as counting and explaining it goes.
package struct JobObject: KubernetesObject {
    package static let resource = ResourceType.jobs

    package struct Spec: Codable, Sendable {
        package var parallelism: Int?
        package var completions: Int?
        package var suspend: Bool?
    }

    package struct Status: Codable, Sendable {
        package var active: Int?
        package var succeeded: Int?
        package var failed: Int?
        package var conditions: [ObjectCondition]?
        /// RFC 3339; only of one that completed.
        package var completionTime: String?
    }

    package var metadata: ObjectMetadata
    package var spec: Spec?
    package var status: Status?

    /// How a Job stands.
    package enum State: Sendable, Hashable {
        /// Has pods, or will have them.
        case active
        /// Has none until somebody resumes it.
        case suspended
        case complete
        case failed
    }

    /// How it stands. One that has only begun to complete or to fail still has pods, and is active.
    package var state: State {
        if condition("Failed") != nil { return .failed }
        if condition("Complete") != nil { return .complete }
        return spec?.suspend == true ? .suspended : .active
    }

    /// When it completed or failed; RFC 3339, nil while it is active.
    package var endTime: String? {
        status?.completionTime ?? condition("Failed")?.lastTransitionTime ?? condition("Complete")?.lastTransitionTime
    }

    /// The condition of a type, where it holds.
    package func condition(_ type: String) -> ObjectCondition? {
        status?.conditions?.first { $0.type == type && $0.isTrue }
    }
}
