internal import KubernetesClient

extension PodObject {
    /// Why the scheduler has no node for it; nil where that is not the matter.
    var schedulingProblem: String? {
        guard
            let condition = status?.conditions?.first(where: { $0.type == "PodScheduled" && $0.status == "False" }),
            condition.reason == "Unschedulable"
        else { return nil }
        return condition.message ?? "the scheduler gives no reason"
    }

    /// Why a container of it does not start, or not for long; nil where that is not the matter.
    var containerProblem: String? {
        // What a pod waits for in the ordinary course of things.
        let ordinary = ["ContainerCreating", "PodInitializing"]
        for container in (status?.initContainerStatuses ?? []) + (status?.containerStatuses ?? []) {
            guard let waiting = container.state?.waiting, let reason = waiting.reason, !ordinary.contains(reason) else {
                continue
            }
            let last = container.lastState?.terminated.map { "; it ended with \($0.text)" } ?? ""
            return "container '\(container.name)': \(reason)" + (waiting.message.map { ": \($0)" } ?? "") + last
        }
        return nil
    }

    /// How it ended; nil while it has not, or ended well.
    var failure: String? {
        guard status?.phase == "Failed" else { return nil }
        let containers = (status?.initContainerStatuses ?? []) + (status?.containerStatuses ?? [])
        var ends: [String] = []
        for container in containers {
            guard let end = container.state?.terminated, end.exitCode != 0 else { continue }
            ends.append("container '\(container.name)' ended with \(end.text)")
        }
        let whole = [status?.reason, status?.message].compactMap { $0 }.joined(separator: ": ")
        let parts = (whole.isEmpty ? [] : [whole]) + ends
        return parts.isEmpty ? "no reason is given" : parts.joined(separator: ", ")
    }
}

extension PodObject.Container.Terminated {
    /// `exit status 78 (Error)`, `exit status 137 (OOMKilled)`.
    fileprivate var text: String {
        "exit status \(exitCode)" + (reason.map { " (\($0))" } ?? "")
    }
}
