/// The environment variables that the executables read. For each, `…_FILE` names a file with the value instead.
package enum EnvironmentNames {
    /// The exploration's YAML file.
    package static let exploration = "ATMOS_EXPLORATION"
    package static let redisURL = "ATMOS_REDIS_URL"
    package static let redisPassword = "ATMOS_REDIS_PASSWORD"
    /// The sentinels' password, if the URL of Redis names sentinels.
    package static let sentinelPassword = "ATMOS_REDIS_SENTINEL_PASSWORD"
    package static let mariaDBURL = "ATMOS_MARIADB_URL"
    package static let mariaDBPassword = "ATMOS_MARIADB_PASSWORD"
    /// Additional options for a MariaDB that is started for one machine, space-separated, such as
    /// `--innodb-buffer-pool-size=8G`.
    package static let mariaDBOptions = "ATMOS_MARIADB_OPTIONS"
    /// The URL of the store for runs' files: `file:///…`, `s3://…` or `gs://…`.
    package static let artifactsURL = "ATMOS_ARTIFACTS_URL"
    /// The hash of the one point that a worker runs.
    package static let point = "ATMOS_POINT"
    /// The folder for run directories.
    package static let runFolder = "ATMOS_RUN_FOLDER"
    /// The digest of the container image that contains the model, recorded as the model's version.
    package static let modelImage = "ATMOS_MODEL_IMAGE"
    /// The model's runtime on this machine, in place of the exploration's: `process`, `podman` or `docker`.
    package static let modelRuntime = "ATMOS_MODEL_RUNTIME"
    /// Global options for the container engine, space-separated.
    package static let containerOptions = "ATMOS_CONTAINER_OPTIONS"
    /// Additional options for starting a container, space-separated.
    package static let containerRunOptions = "ATMOS_CONTAINER_RUN_OPTIONS"
    /// The port of `/healthz`, `/readyz` and `/metrics`.
    package static let healthPort = "ATMOS_HEALTH_PORT"
    package static let logLevel = "ATMOS_LOG_LEVEL"

    // Set by Kubernetes in each container. There are no …_FILE variants.

    /// The pod's name, from the downward API.
    package static let pod = "POD_NAME"
    /// The node's name, from the downward API.
    package static let node = "NODE_NAME"
    /// Set in every container of a cluster. A pod's host name is the pod's name there.
    package static let clusterHost = "KUBERNETES_SERVICE_HOST"
}
