/// The environment variables that the executables read. Of each, `…_FILE` names a file that holds the value instead.
package enum EnvironmentNames {
    /// The exploration's YAML file.
    package static let exploration = "ATMOS_EXPLORATION"
    package static let redisURL = "ATMOS_REDIS_URL"
    package static let redisPassword = "ATMOS_REDIS_PASSWORD"
    /// Of the sentinels, where the URL of Redis names some.
    package static let sentinelPassword = "ATMOS_REDIS_SENTINEL_PASSWORD"
    package static let mariaDBURL = "ATMOS_MARIADB_URL"
    package static let mariaDBPassword = "ATMOS_MARIADB_PASSWORD"
    /// What a MariaDB that is started for one machine is told besides: `mariadbd` options between spaces, such as
    /// `--innodb-buffer-pool-size=8G`.
    package static let mariaDBOptions = "ATMOS_MARIADB_OPTIONS"
    /// Where runs' files are kept: `file:///…`, `s3://…` or `gs://…`.
    package static let artifactsURL = "ATMOS_ARTIFACTS_URL"
    /// The one point that a worker is for, by its hash.
    package static let point = "ATMOS_POINT"
    /// The folder in which run directories are made.
    package static let runFolder = "ATMOS_RUN_FOLDER"
    /// The digest of the container image that holds the model: recorded as the model's version.
    package static let modelImage = "ATMOS_MODEL_IMAGE"
    /// Where the model runs on this machine, whatever the exploration says: `process`, `podman` or `docker`.
    package static let modelRuntime = "ATMOS_MODEL_RUNTIME"
    /// What this machine wants said to the engine of containers before each subcommand: words between spaces.
    package static let containerOptions = "ATMOS_CONTAINER_OPTIONS"
    /// What it wants said when a container is started.
    package static let containerRunOptions = "ATMOS_CONTAINER_RUN_OPTIONS"
    /// The port of `/healthz`, `/readyz` and `/metrics`.
    package static let healthPort = "ATMOS_HEALTH_PORT"
    package static let logLevel = "ATMOS_LOG_LEVEL"

    // What Kubernetes tells a container of itself; there is no …_FILE of these.

    /// The pod's name, by the downward API.
    package static let pod = "POD_NAME"
    /// The node's name, by the downward API.
    package static let node = "NODE_NAME"
    /// Set in every container of a cluster, where a pod's host name is the pod's name.
    package static let clusterHost = "KUBERNETES_SERVICE_HOST"
}
