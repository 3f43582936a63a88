internal import RedisClient

/// The Lua scripts, each preceded by the parts that it shares with other scripts.
///
/// `Scripts/` has the sources; the head of each documents its keys, arguments and reply.
enum Scripts {
    private typealias Part = PackageResources

    static let enqueue = script(Part.record_lua, Part.totals_lua, Part.insert_lua, Part.enqueue_lua)
    static let finishAndLease = script(
        Part.record_lua, Part.totals_lua, Part.insert_lua, Part.gaps_lua, Part.idempotency_lua,
        Part.finish_and_lease_lua)
    static let leaseByID = script(
        Part.record_lua, Part.totals_lua, Part.gaps_lua, Part.idempotency_lua, Part.lease_by_id_lua)
    static let extend = script(Part.gaps_lua, Part.extend_lua)
    static let control = script(Part.control_lua)
    static let purge = script(Part.purge_lua)
    static let counts = script(Part.counts_lua)
    static let report = script(Part.report_lua)
    static let held = script(Part.held_lua)
    static let ids = script(Part.ids_lua)
    static let ready = script(Part.record_lua, Part.ready_lua)
    static let states = script(Part.record_lua, Part.states_lua)
    static let position = script(Part.record_lua, Part.position_lua)
    static let drop = script(Part.record_lua, Part.drop_lua)
    static let dead = script(Part.dead_lua)
    static let retry = script(Part.record_lua, Part.retry_lua)
    static let check = script(Part.record_lua, Part.check_lua)
    static let checkJobs = script(Part.record_lua, Part.check_jobs_lua)
    static let checkTotals = script(Part.check_totals_lua)

    private static func script(_ parts: [UInt8]...) -> RedisScript {
        RedisScript(Part.common_lua + parts.flatMap { $0 })
    }
}
