internal import RedisClient

/// The Lua scripts, each with what it shares with others before it.
enum Scripts {
    static let enqueue = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.totals_lua
            + PackageResources.insert_lua + PackageResources.enqueue_lua)
    static let cycle = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.totals_lua
            + PackageResources.insert_lua + PackageResources.repeat_lua + PackageResources.cycle_lua)
    static let pick = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.totals_lua
            + PackageResources.repeat_lua + PackageResources.pick_lua)
    static let ready = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.ready_lua)
    static let extend = RedisScript(PackageResources.common_lua + PackageResources.extend_lua)
    static let control = RedisScript(PackageResources.common_lua + PackageResources.control_lua)
    static let counts = RedisScript(PackageResources.common_lua + PackageResources.counts_lua)
    static let report = RedisScript(PackageResources.common_lua + PackageResources.report_lua)
    static let check = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.check_lua)
    static let suspects = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.suspects_lua)
    static let sums = RedisScript(PackageResources.common_lua + PackageResources.sums_lua)
    static let purge = RedisScript(PackageResources.common_lua + PackageResources.purge_lua)
    static let held = RedisScript(PackageResources.common_lua + PackageResources.held_lua)
    static let dead = RedisScript(PackageResources.common_lua + PackageResources.dead_lua)
    static let ids = RedisScript(PackageResources.common_lua + PackageResources.ids_lua)
    static let states = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.states_lua)
    static let position = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.position_lua)
    static let drop = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.drop_lua)
    static let retry = RedisScript(
        PackageResources.common_lua + PackageResources.record_lua + PackageResources.retry_lua)
}
