internal import RedisClient

/// The Lua scripts, each with what it shares with others before it.
enum Scripts {
    static let enqueue = RedisScript(
        PackageResources.common_lua + PackageResources.insert_lua + PackageResources.enqueue_lua)
    static let cycle = RedisScript(
        PackageResources.common_lua + PackageResources.insert_lua + PackageResources.cycle_lua)
    static let extend = RedisScript(PackageResources.common_lua + PackageResources.extend_lua)
    static let control = RedisScript(PackageResources.common_lua + PackageResources.control_lua)
    static let counts = RedisScript(PackageResources.common_lua + PackageResources.counts_lua)
    static let held = RedisScript(PackageResources.common_lua + PackageResources.held_lua)
    static let dead = RedisScript(PackageResources.common_lua + PackageResources.dead_lua)
}
