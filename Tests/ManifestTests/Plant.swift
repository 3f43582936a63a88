import Yams

/// A violation of one rule, to be planted into manifests that are without fault.
struct Plant: Sendable, CustomStringConvertible {
    /// The rule that has to notice.
    let rule: String
    /// The object that is changed, as `KIND/NAME`; one that is not there is added.
    let object: String
    /// What is changed in it; nothing changes the whole object.
    var path: [String] = []
    /// What stands there then, in YAML; nil takes it out.
    var value: String?

    var description: String { "\(rule): \(object) \(path.joined(separator: ".")) = \(value ?? "nothing")" }

    /// The manifests with the violation.
    func planted(in manifests: [Manifest]) throws -> [Manifest] {
        let node = try value.flatMap { try compose(yaml: $0) }
        guard let index = manifests.firstIndex(where: { $0.title == object }) else {
            guard path.isEmpty, let node else { throw ManifestTestError(description: "there is no \(object)") }
            return manifests + [try Manifest(node)]
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

    private static let podSecurity: [Plant] = [
        Plant(rule: "pods share nothing of the node's", object: master, path: pod + ["hostNetwork"], value: "true"),
        Plant(rule: "pods share nothing of the node's", object: worker, path: pod + ["hostPID"], value: "true"),
        Plant(
            rule: "volumes are of the kinds that the restricted profile knows", object: master,
            path: pod + ["volumes", "0"], value: "{name: exploration, hostPath: {path: /etc}}"),
        Plant(
            rule: "pods run as a user who is not root, in a group that is not root's", object: "StatefulSet/redis",
            path: pod + ["securityContext", "runAsUser"], value: "0"),
        Plant(
            rule: "pods run as a user who is not root, in a group that is not root's", object: worker,
            path: pod + ["securityContext", "runAsNonRoot"]),
        Plant(
            rule: "pods are under the runtime's seccomp profile", object: worker,
            path: pod + ["securityContext", "seccompProfile", "type"], value: "Unconfined"),
        Plant(
            rule: "containers have no capabilities and cannot gain any", object: client,
            path: firstSecurity + ["capabilities"], value: "{drop: [ALL], add: [NET_ADMIN]}"),
        Plant(
            rule: "containers have no capabilities and cannot gain any", object: client,
            path: security + ["allowPrivilegeEscalation"]),
        Plant(
            rule: "no container takes back what its pod promises", object: worker, path: security + ["runAsUser"],
            value: "0"),
        Plant(
            rule: "root file systems are read-only", object: worker, path: firstSecurity + ["readOnlyRootFilesystem"],
            value: "false"),
        Plant(
            rule: "no container listens on the node", object: master, path: container + ["ports", "0", "hostPort"],
            value: "8080"),
    ]

    private static let containers: [Plant] = [
        Plant(
            rule: "images are named by digest", object: master, path: container + ["image"], value: "atmos-roles:1.2"),
        Plant(
            rule: "images are named by digest", object: worker, path: pod + ["initContainers", "0", "image"],
            value: "atmos-worker@sha256:12345"),
        Plant(
            rule: "no image has the tag latest", object: worker, path: container + ["image"],
            value: "model:latest"),
        Plant(
            rule: "processor time and memory are requested", object: client,
            path: pod + ["initContainers", "0", "resources", "requests", "cpu"]),
        Plant(
            rule: "memory is limited, processor time is not", object: worker,
            path: container + ["resources", "limits", "cpu"], value: "2"),
        Plant(
            rule: "memory is limited, processor time is not", object: "StatefulSet/mariadb",
            path: container + ["resources", "limits"]),
        Plant(rule: "what runs for long says whether it lives", object: worker, path: container + ["livenessProbe"]),
        Plant(
            rule: "what serves others says whether it is ready", object: client, path: container + ["readinessProbe"]),
        Plant(
            rule: "the roles' probes ask their health port", object: client,
            path: container + ["readinessProbe", "httpGet", "path"], value: "/healthz"),
        Plant(
            rule: "secrets are files, never in the environment", object: client, path: container + ["env", "0"],
            value: "{name: X, valueFrom: {secretKeyRef: {name: mariadb-passwords, key: root}}}"),
        Plant(
            rule: "secrets are files, never in the environment", object: master, path: container + ["env", "0"],
            value: "{name: ATMOS_REDIS_PASSWORD, value: secret}"),
        Plant(
            rule: "secrets are files, never in the environment", object: master, path: container + ["envFrom", "0"],
            value: "{secretRef: {name: redis-passwords}}"),
    ]

    private static let identities: [Plant] = [
        Plant(
            rule: "a token is mounted only where a role goes with it", object: worker,
            path: pod + ["automountServiceAccountToken"]),
        Plant(
            rule: "a token is mounted only where a role goes with it", object: "ServiceAccount/atmos-worker",
            path: ["automountServiceAccountToken"], value: "true"),
        Plant(
            rule: "each part has an account of its own", object: master, path: pod + ["serviceAccountName"],
            value: "atmos-scaler"),
        Plant(
            rule: "roles name what they allow, and none reads secrets", object: "Role/atmos-scaler",
            path: ["rules", "0", "verbs"], value: "['*']"),
        Plant(
            rule: "roles name what they allow, and none reads secrets", object: "Role/atmos-scaler",
            path: ["rules", "1", "resources"], value: "[secrets]"),
        Plant(
            rule: "nothing is allowed beyond the namespace", object: "ClusterRole/any",
            value: "{kind: ClusterRole, metadata: {name: any}}"),
    ]

    private static let workers: [Plant] = [
        Plant(
            rule: "a worker that ends is not started again in its pod", object: worker, path: pod + ["restartPolicy"],
            value: "OnFailure"),
        Plant(
            rule: "a wrong configuration ends the Job at once", object: worker,
            path: ["spec", "podFailurePolicy", "rules", "0", "onExitCodes", "values"], value: "[1]"),
        Plant(
            rule: "a disruption counts as no failure", object: worker,
            path: ["spec", "podFailurePolicy", "rules", "1"]),
        Plant(rule: "failures are bounded", object: worker, path: ["spec", "backoffLimit"]),
        Plant(rule: "finished Jobs go away", object: worker, path: ["spec", "ttlSecondsAfterFinished"]),
        Plant(
            rule: "a Job is a work queue, whose workers decide when they are done", object: worker,
            path: ["spec", "completions"], value: "4"),
        Plant(
            rule: "there is time to give a lease back, on Google's Spot machines 15 seconds", object: worker,
            path: pod + ["terminationGracePeriodSeconds"], value: "0"),
        Plant(
            rule: "there is time to give a lease back, on Google's Spot machines 15 seconds", object: worker,
            path: pod + ["nodeSelector"], value: "{cloud.google.com/gke-spot: 'true'}"),
        Plant(
            rule: "autoscalers leave a busy worker alone", object: worker,
            path: ["spec", "template", "metadata", "annotations", "karpenter.sh/do-not-disrupt"]),
        Plant(
            rule: "workers are spread where that is possible", object: worker,
            path: pod + ["topologySpreadConstraints", "0", "whenUnsatisfiable"], value: "DoNotSchedule"),
        Plant(
            rule: "the worker is injected: the model's image has nothing of ours", object: worker,
            path: container + ["command"], value: "[atmos-worker]"),
        Plant(
            rule: "the worker is injected: the model's image has nothing of ours", object: worker,
            path: container + ["volumeMounts", "0", "readOnly"]),
        Plant(
            rule: "workers give way and push nobody out", object: "PriorityClass/atmos-worker", path: ["value"],
            value: "1000"),
        Plant(
            rule: "workers give way and push nobody out", object: "PriorityClass/atmos-worker",
            path: ["preemptionPolicy"]),
        Plant(
            rule: "no disruption budget holds workers, and one holds each role that has replicas",
            object: "PodDisruptionBudget/atmos-master",
            path: ["spec", "selector", "matchLabels", "app.kubernetes.io/name"], value: "atmos-worker"),
        Plant(
            rule: "no disruption budget holds workers, and one holds each role that has replicas",
            object: "PodDisruptionBudget/atmos-sql-client"),
    ]

    private static let networks: [Plant] = [
        Plant(rule: "nobody talks to anybody unless a policy says so", object: "NetworkPolicy/deny"),
        Plant(
            rule: "workers never reach the ledger", object: "NetworkPolicy/roles-to-redis",
            path: ["spec", "egress", "0", "ports", "0", "port"], value: "3306"),
        Plant(
            rule: "policies select pods and ports", object: "NetworkPolicy/redis",
            path: ["spec", "ingress", "0", "from"]),
        Plant(
            rule: "nothing is reachable from outside the cluster", object: "Service/redis", path: ["spec", "type"],
            value: "LoadBalancer"),
    ]

    private static let objects: [Plant] = [
        Plant(
            rule: "everything is in the namespace", object: "Service/redis", path: ["metadata", "namespace"],
            value: "default"),
        Plant(
            rule: "everything says what it is part of", object: "Service/redis", path: ["metadata", "labels"]),
        Plant(
            rule: "pods say what they are, and workers what they work on", object: worker,
            path: ["spec", "template", "metadata", "labels", "atmos-explorer.io/queue"]),
        Plant(
            rule: "the namespace refuses pods outside of the restricted profile", object: "Namespace/atmos-explorer",
            path: ["metadata", "labels", "pod-security.kubernetes.io/enforce"], value: "baseline"),
        Plant(
            rule: "what the namespace takes is bounded, but for limits that no pod has",
            object: "ResourceQuota/atmos-explorer", path: ["spec", "hard", "limits.cpu"], value: "100"),
        Plant(
            rule: "what the namespace takes is bounded, but for limits that no pod has",
            object: "ResourceQuota/atmos-explorer"),
        Plant(
            rule: "no password is written down", object: "Secret/any",
            value: "{kind: Secret, metadata: {name: any}, stringData: {password: x}}"),
        Plant(
            rule: "under KEDA no work starves and no running Job is deleted", object: "ScaledJob/any",
            value: "{kind: ScaledJob, metadata: {name: any}, spec: {rollout: {strategy: gradual}}}"),
    ]

    private static let references: [Plant] = [
        Plant(
            rule: "every ConfigMap, secret and account that a pod names is there", object: master,
            path: container + ["envFrom", "0", "configMapRef", "name"], value: "settings"),
        Plant(
            rule: "every volume that is mounted is there, and every one that is there is mounted", object: master,
            path: pod + ["volumes", "0"]),
        Plant(
            rule: "every selector selects pods", object: "Service/redis",
            path: ["spec", "selector", "app.kubernetes.io/name"], value: "valkey"),
    ]
}
