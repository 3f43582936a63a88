internal import ArgumentParser
internal import ExplorationFile
internal import LeaseQueue
internal import Pipeline
internal import Scaler
internal import Support

/// A Job for each point.
struct PointOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "With --job-template: a Job for each ready point, at most --maximum at once, instead of workers for all.",
            discussion: """
                For runs so long that each deserves a pod. The template has the point as point.id and gives it to the \
                worker; the Job has it in its annotation. --target-time, --jobs-per-pod, --minimum and what else is about \
                the number of pods do not matter then.
                """))
    var perJob = false

    @Flag(
        help: ArgumentHelp(
            "With --per-job --apply: queue the points of failed Jobs again that nobody has any more, and delete those Jobs.",
            discussion: """
                The ledger (--mariadb-url) is asked which of them have their verdict. Dead letters are left to \
                'atmos dead retry'. Not for --watch: what failed fails again until somebody has looked at it.
                """))
    var requeueFailed = false
}

/// The ready points of an exploration.
struct PointSource: Sendable {
    let queues: LeaseQueues
    let queue: QueueName

    /// Nil for an exploration that `reader` does not read.
    init?(_ reader: WorkReader, _ work: QueueWork) {
        guard let source = reader.sources.first(where: { $0.definition.name == work.exploration }) else { return nil }
        queues = source.queues
        queue = work.queue
    }

    /// - Throws: `SettingError` where other queues are read than those of points that wait for their run.
    static func check(_ reader: WorkReader) throws(SettingError) {
        for queue in reader.sources.flatMap(\.names) where queue != RingQueues.main {
            throw SettingError(
                description:
                    "--per-job is for points that wait for their run: for the queue '\(RingQueues.main)', and not "
                    + "for '\(queue)'")
        }
    }

    /// So many ready jobs after the first so many.
    func ready(offset: Int, limit: Int) async throws -> [ReadyJob] {
        // Where every worker has its own point nobody else takes up what has fallen due.
        if offset == 0 { _ = try await queues.lease(0, from: queue) }
        return try await queues.readyJobs(in: queue, offset: offset, limit: limit)
    }
}
