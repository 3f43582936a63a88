package import LeaseQueue

/// How long a job takes, from nothing but what a queue counts.
package enum RunTimeEstimate {
    /// Ends of jobs within a minute that are enough to go by that minute.
    private static let enough = 20

    /// The least of what three ways of looking at it give.
    ///
    /// By Little's law a job takes as long as jobs in work, divided by how many end in a second: over the last minute,
    /// and over the last hour with the mean of the jobs in work at its two ends. Both are right where the number in work
    /// has stayed as it is; while workers are added, whose first jobs have not ended yet, they give too much. The third
    /// way bounds that: a job takes about twice as long as those in work have taken so far, on the average (it is that,
    /// where all take equally long, and more than enough where they do not).
    ///
    /// What is wanted is for how long a job keeps a worker: where workers hold several jobs at once, moving the files of one
    /// while another runs, or leasing many short ones together, that is so much shorter than a job is leased.
    ///
    /// - Parameters:
    ///   - leased: the jobs in work.
    ///   - workers: how many hold them.
    ///   - meanAge: for how long they have been, on the average.
    ///   - limit: the time that no job can take longer than.
    /// - Returns: nil while nothing is in work or nothing has been completed.
    package static func runTime(
        leased: Int, workers: Int, meanAge: Duration, lastMinute: QueueRates, lastHour: QueueRates, limit: Duration
    ) -> Duration? {
        guard leased > 0, lastHour.completed > 0 else { return nil }
        let hour = lastHour
        let ended = hour.completed + hour.failed + hour.crashed + hour.released
        let before = max(0, leased + ended - hour.leased)
        var estimates = [
            meanAge * 2, .seconds(3600) * (Double(before + leased) / 2 / Double(hour.completed)),
        ]
        if lastMinute.completed >= enough {
            estimates.append(.seconds(60) * (Double(leased) / Double(lastMinute.completed)))
        }
        let share = min(1, Double(workers) / Double(leased))
        return min(limit, estimates.min()! * share)
    }
}
