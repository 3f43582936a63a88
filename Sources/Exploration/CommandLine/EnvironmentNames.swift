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
    /// Where runs' files are kept: `file:///…`.
    package static let artifactsURL = "ATMOS_ARTIFACTS_URL"
    /// The folder in which run directories are made.
    package static let runFolder = "ATMOS_RUN_FOLDER"
    package static let logLevel = "ATMOS_LOG_LEVEL"
}
