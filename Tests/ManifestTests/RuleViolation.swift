import Yams

/// A violation of one rule, to be inserted into valid manifests.
struct RuleViolation: Sendable, CustomStringConvertible {
    /// The rule that must detect it.
    let rule: String
    /// The object to change, as `KIND/NAME`; a missing object is added.
    let object: String
    /// The path of the change; an empty path replaces the whole object.
    var path: [String] = []
    /// The new value in YAML; `nil` removes the value.
    var value: String?

    var description: String { "\(rule): \(object) \(path.joined(separator: ".")) = \(value ?? "nothing")" }

    /// The manifests with the violation.
    func inserted(into manifests: [RenderedObject]) throws -> [RenderedObject] {
        let node = try value.flatMap { try compose(yaml: $0) }
        guard let index = manifests.firstIndex(where: { $0.title == object }) else {
            guard path.isEmpty, let node else { throw ManifestTestError(description: "there is no \(object)") }
            return manifests + [try RenderedObject(node)]
        }
        var changed = manifests
        if let node = changed[index].node.setting(path[...], to: node) {
            changed[index].node = node
        } else {
            changed.remove(at: index)
        }
        return changed
    }

    private static let pod = ["spec", "template", "spec"]
    private static let container = pod + ["containers", "0"]
    private static let security = container + ["securityContext"]
    private static let firstSecurity = pod + ["initContainers", "0", "securityContext"]
    private static let master = "Deployment/atmos-master"
    private static let client = "Deployment/atmos-sql-client"
    private static let worker = "Job/atmos-worker"

    /// At least one for each rule.
    static let all = podSecurity + containers + identities + workers + networks + objects + references

    private static let podSecurity: [RuleViolation] = [
        RuleViolation(
            rule: "pods do not share namespaces with the node", object: master, path: pod + ["hostNetwork"],
            value: "true"),
        RuleViolation(
            rule: "pods do not share namespaces with the node", object: worker, path: pod + ["hostPID"], value: "true"),
        RuleViolation(
            rule: "volumes are of kinds that the restricted profile allows", object: master,
            path: pod + ["volumes", "0"], value: "{name: exploration, hostPath: {path: /etc}}"),
        RuleViolation(
            rule: "pods run as a non-root user and group", object: "StatefulSet/redis",
            path: pod + ["securityContext", "runAsUser"], value: "0"),
        RuleViolation(
            rule: "pods run as a non-root user and group", object: worker,
            path: pod + ["securityContext", "runAsNonRoot"]),
        RuleViolation(
            rule: "pods use the runtime's seccomp profile", object: worker,
            path: pod + ["securityContext", "seccompProfile", "type"], value: "Unconfined"),
        RuleViolation(
            rule: "containers have no capabilities and cannot gain any", object: client,
            path: firstSecurity + ["capabilities"], value: "{drop: [ALL], add: [NET_ADMIN]}"),
        RuleViolation(
            rule: "containers have no capabilities and cannot gain any", object: client,
            path: security + ["allowPrivilegeEscalation"]),
        RuleViolation(
            rule: "containers do not override their pod's security context", object: worker,
            path: security + ["runAsUser"],
            value: "0"),
        RuleViolation(
            rule: "root file systems are read-only", object: worker, path: firstSecurity + ["readOnlyRootFilesystem"],
            value: "false"),
        RuleViolation(
            rule: "no container listens on the node", object: master, path: container + ["ports", "0", "hostPort"],
            value: "8080"),
    ]

    private static let containers: [RuleViolation] = [
        RuleViolation(
            rule: "images are named by digest", object: master, path: container + ["image"], value: "atmos-roles:1.2"),
        RuleViolation(
            rule: "images are named by digest", object: worker, path: pod + ["initContainers", "0", "image"],
            value: "atmos-worker@sha256:12345"),
        RuleViolation(
            rule: "no image has the tag latest", object: worker, path: container + ["image"],
            value: "model:latest"),
        RuleViolation(
            rule: "processor time and memory are requested", object: client,
            path: pod + ["initContainers", "0", "resources", "requests", "cpu"]),
        RuleViolation(
            rule: "memory is limited, processor time is not", object: worker,
            path: container + ["resources", "limits", "cpu"], value: "2"),
        RuleViolation(
            rule: "memory is limited, processor time is not", object: "StatefulSet/mariadb",
            path: container + ["resources", "limits"]),
        RuleViolation(
            rule: "long-running containers have a liveness probe", object: worker, path: container + ["livenessProbe"]),
        RuleViolation(
            rule: "serving containers have a readiness probe", object: client, path: container + ["readinessProbe"]),
        RuleViolation(
            rule: "the roles' probes use the health port", object: client,
            path: container + ["readinessProbe", "httpGet", "path"], value: "/healthz"),
        RuleViolation(
            rule: "secrets are files, never in the environment", object: client, path: container + ["env", "0"],
            value: "{name: X, valueFrom: {secretKeyRef: {name: mariadb-passwords, key: root}}}"),
        RuleViolation(
            rule: "secrets are files, never in the environment", object: master, path: container + ["env", "0"],
            value: "{name: ATMOS_REDIS_PASSWORD, value: secret}"),
        RuleViolation(
            rule: "secrets are files, never in the environment", object: master, path: container + ["envFrom", "0"],
            value: "{secretRef: {name: redis-passwords}}"),
    ]

    private static let identities: [RuleViolation] = [
        RuleViolation(
            rule: "tokens are mounted only for accounts with a role", object: worker,
            path: pod + ["automountServiceAccountToken"]),
        RuleViolation(
            rule: "tokens are mounted only for accounts with a role", object: "ServiceAccount/atmos-worker",
            path: ["automountServiceAccountToken"], value: "true"),
        RuleViolation(
            rule: "each component has a separate account", object: master, path: pod + ["serviceAccountName"],
            value: "atmos-scaler"),
        RuleViolation(
            rule: "roles have no wildcards, and none reads secrets", object: "Role/atmos-scaler",
            path: ["rules", "0", "verbs"], value: "['*']"),
        RuleViolation(
            rule: "roles have no wildcards, and none reads secrets", object: "Role/atmos-scaler",
            path: ["rules", "1", "resources"], value: "[secrets]"),
        RuleViolation(
            rule: "no permissions exist beyond the namespace", object: "ClusterRole/any",
            value: "{kind: ClusterRole, metadata: {name: any}}"),
    ]

    private static let workers: [RuleViolation] = [
        RuleViolation(
            rule: "an ended worker is not restarted in its pod", object: worker, path: pod + ["restartPolicy"],
            value: "OnFailure"),
        RuleViolation(
            rule: "a wrong configuration ends the Job at once", object: worker,
            path: ["spec", "podFailurePolicy", "rules", "0", "onExitCodes", "values"], value: "[1]"),
        RuleViolation(
            rule: "a disruption does not count as a failure", object: worker,
            path: ["spec", "podFailurePolicy", "rules", "1"]),
        RuleViolation(rule: "failures are bounded", object: worker, path: ["spec", "backoffLimit"]),
        RuleViolation(rule: "finished Jobs are deleted", object: worker, path: ["spec", "ttlSecondsAfterFinished"]),
        RuleViolation(
            rule: "a Job has no completions: its workers decide when they are done", object: worker,
            path: ["spec", "completions"], value: "4"),
        RuleViolation(
            rule: "workers have time to release a lease, 15 seconds on Google's Spot machines", object: worker,
            path: pod + ["terminationGracePeriodSeconds"], value: "0"),
        RuleViolation(
            rule: "workers have time to release a lease, 15 seconds on Google's Spot machines", object: worker,
            path: pod + ["nodeSelector"], value: "{cloud.google.com/gke-spot: 'true'}"),
        RuleViolation(
            rule: "autoscalers do not evict busy workers", object: worker,
            path: ["spec", "template", "metadata", "annotations", "karpenter.sh/do-not-disrupt"]),
        RuleViolation(
            rule: "workers are spread if possible", object: worker,
            path: pod + ["topologySpreadConstraints", "0", "whenUnsatisfiable"], value: "DoNotSchedule"),
        RuleViolation(
            rule: "the worker is injected into the model's unchanged image", object: worker,
            path: container + ["command"], value: "[atmos-worker]"),
        RuleViolation(
            rule: "the worker is injected into the model's unchanged image", object: worker,
            path: container + ["volumeMounts", "0", "readOnly"]),
        RuleViolation(
            rule: "workers have a negative priority and do not preempt", object: "PriorityClass/atmos-worker",
            path: ["value"],
            value: "1000"),
        RuleViolation(
            rule: "workers have a negative priority and do not preempt", object: "PriorityClass/atmos-worker",
            path: ["preemptionPolicy"]),
        RuleViolation(
            rule: "replicated roles have a disruption budget, and workers do not",
            object: "PodDisruptionBudget/atmos-master",
            path: ["spec", "selector", "matchLabels", "app.kubernetes.io/name"], value: "atmos-worker"),
        RuleViolation(
            rule: "replicated roles have a disruption budget, and workers do not",
            object: "PodDisruptionBudget/atmos-sql-client"),
    ]

    private static let networks: [RuleViolation] = [
        RuleViolation(rule: "all traffic is denied by default", object: "NetworkPolicy/deny"),
        RuleViolation(
            rule: "workers never reach the ledger", object: "NetworkPolicy/roles-to-redis",
            path: ["spec", "egress", "0", "ports", "0", "port"], value: "3306"),
        RuleViolation(
            rule: "policies name peers and ports", object: "NetworkPolicy/redis",
            path: ["spec", "ingress", "0", "from"]),
        RuleViolation(
            rule: "nothing is reachable from outside the cluster", object: "Service/redis", path: ["spec", "type"],
            value: "LoadBalancer"),
    ]

    private static let objects: [RuleViolation] = [
        RuleViolation(
            rule: "everything is in the namespace", object: "Service/redis", path: ["metadata", "namespace"],
            value: "default"),
        RuleViolation(
            rule: "all objects carry the part-of label", object: "Service/redis", path: ["metadata", "labels"]),
        RuleViolation(
            rule: "pods carry their name, and workers their exploration and queue", object: worker,
            path: ["spec", "template", "metadata", "labels", "atmos-explorer.io/queue"]),
        RuleViolation(
            rule: "the namespace enforces the restricted profile", object: "Namespace/atmos-explorer",
            path: ["metadata", "labels", "pod-security.kubernetes.io/enforce"], value: "baseline"),
        RuleViolation(
            rule: "the namespace has a quota for all requests and limits that pods set",
            object: "ResourceQuota/atmos-explorer", path: ["spec", "hard", "limits.cpu"], value: "100"),
        RuleViolation(
            rule: "the namespace has a quota for all requests and limits that pods set",
            object: "ResourceQuota/atmos-explorer"),
        RuleViolation(
            rule: "no secret is among the manifests", object: "Secret/any",
            value: "{kind: Secret, metadata: {name: any}, stringData: {password: x}}"),
        RuleViolation(
            rule: "KEDA uses the strategies accurate and gradual", object: "ScaledJob/any",
            value: "{kind: ScaledJob, metadata: {name: any}, spec: {rollout: {strategy: gradual}}}"),
    ]

    private static let references: [RuleViolation] = [
        RuleViolation(
            rule: "every ConfigMap, secret and account that a pod names exists", object: master,
            path: container + ["envFrom", "0", "configMapRef", "name"], value: "settings"),
        RuleViolation(
            rule: "every mounted volume exists, and every volume is mounted", object: master,
            path: pod + ["volumes", "0"]),
        RuleViolation(
            rule: "every selector selects pods", object: "Service/redis",
            path: ["spec", "selector", "app.kubernetes.io/name"], value: "valkey"),
    ]
}
