internal import Yams

/// What must be true of a Job's pods beyond their being counted: pure.
enum PodCheck {
    /// - Returns: everything that is wrong, one sentence each.
    static func problems(of job: Manifest) -> [String] {
        let pod = (try? Yams.compose(yaml: job.yaml))?["spec"]?["template"]?["spec"]
        var problems: [String] = []
        if pod?["restartPolicy"]?.string != "Never" {
            problems.append(
                "The pods of the Job '\(job.name)' must have restartPolicy: Never; podFailurePolicy goes with no other."
            )
        }
        if pod?["containers"]?.sequence?.isEmpty ?? true {
            problems.append("The pods of the Job '\(job.name)' have no containers.")
        }
        return problems
    }
}
