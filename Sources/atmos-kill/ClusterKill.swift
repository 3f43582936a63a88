internal import ArgumentParser
internal import KubernetesClient
internal import Logging
internal import Scaler

/// The kill switch's part on Kubernetes.
struct ClusterKill: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Delete the exploration's worker Jobs with their pods, and wait until no pod is left.",
            discussion:
                "The scaler is suspended before, and heard of it when this ends; --resume-scaler ends that. It can be "
                + "said together with --now or --drain, which is done first."))
    var deleteJobs = false

    @Flag(help: "Let a suspended scaler make workers again.")
    var resumeScaler = false

    @Option(help: "With --delete-jobs: how many seconds the pods have to end (default: what each asks for itself).")
    var grace: Int?

    @Option(help: "The scaler's Deployment.")
    var scaler = Labels.scaler

    @Option(help: "The Lease that the scalers agree by (its --lease).")
    var scalerLease = Labels.scaler

    @Option(help: "The namespace of the workers and the scaler.")
    var namespace = Labels.project

    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if deleteJobs, resumeScaler { throw ValidationError("--delete-jobs and --resume-scaler contradict each other") }
        if let grace {
            guard deleteJobs else { throw ValidationError("--grace goes with --delete-jobs") }
            guard grace >= 0 else { throw ValidationError("--grace must not be negative") }
        }
    }

    /// Whether the cluster is to be asked for anything.
    var isWanted: Bool { deleteJobs || resumeScaler }

    /// Does what is asked for.
    ///
    /// - Throws: `KubernetesError`.
    func run(exploration: String, logger: Logger) async throws {
        let client = try cluster.client(logger: logger)
        let group = WorkerGroup(exploration: exploration, queue: nil, namespace: namespace)
        let removal = WorkerRemoval(client: client, group: group)
        guard deleteJobs else {
            return say("resumed", isThere: try await removal.resumeScaler(scaler))
        }
        let isThere = try await removal.suspendScaler(scaler)
        say("suspended", isThere: isThere)
        try await removal.deleteJobs(grace: grace, suspended: isThere ? scaler : nil, lease: scalerLease) { wait in
            switch wait {
            case .pods(0): print("no pod is left")
            case .pods(let left): print("waiting for \(left) pods to end")
            case .scaler: print("waiting for the scaler to hear that it is suspended")
            }
        }
    }

    private func say(_ state: String, isThere: Bool) {
        print(
            isThere
                ? "the scaler '\(scaler)' is \(state)"
                : "there is no scaler '\(scaler)' in the namespace '\(namespace)'")
    }
}
