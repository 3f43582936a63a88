internal import KubernetesClient
internal import Support
internal import Yams

/// What must be true of a Job's pods beyond their being counted: pure.
enum PodCheck {
    /// - Parameter point: the id of the point that the Job is for; nil for whatever is in the queue.
    /// - Returns: everything that is wrong, one sentence each.
    static func problems(of job: Manifest, point: String?) -> [String] {
        let spec = (try? Yams.compose(yaml: job.yaml))?["spec"]
        let pod = spec?["template"]?["spec"]
        var problems: [String] = []
        if pod?["restartPolicy"]?.string != "Never" {
            problems.append(
                "The pods of the Job '\(job.name)' must have restartPolicy: Never; podFailurePolicy goes with no other."
            )
        }
        if pod?["containers"]?.sequence?.isEmpty ?? true {
            problems.append("The pods of the Job '\(job.name)' have no containers.")
        }
        if let point { problems += pointProblems(of: job.name, spec, pod, point) }
        return problems
    }

    /// A Job for one point has one pod, which knows that point.
    private static func pointProblems(of name: String, _ spec: Node?, _ pod: Node?, _ point: String) -> [String] {
        var problems: [String] = []
        for key in ["parallelism", "completions"] where spec?[key].map({ $0.int != 1 }) ?? false {
            problems.append("The Job '\(name)' is for one point, so \(key), if it is given, must be 1.")
        }
        let containers = pod?["containers"]?.sequence ?? []
        let isTold = containers.contains { container in
            container["env"]?.sequence?.contains {
                $0["name"] == Node(EnvironmentNames.point) && $0["value"]?.string == point
            } ?? false
                || ["command", "args"].contains { container[$0]?.sequence?.contains { $0.string == point } ?? false }
        }
        if !isTold {
            problems.append(
                "No container of the Job '\(name)' is told its point, so its worker would run any: give it the variable "
                    + "\(EnvironmentNames.point) with the value {{ point.id }}.")
        }
        return problems
    }
}
