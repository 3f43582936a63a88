package import ExplorationFile
package import LeaseQueue

/// The queues of the ring, with the names that operators use.
package enum RingQueues {
    /// Points that the ledger may not know yet: from the starter and the master to sql-client.
    package static let mainSQL = QueueName(rawValue: "main_sql")!
    /// Points to run: from sql-client to the workers.
    package static let main = QueueName(rawValue: "main")!
    /// Runs that have started: from the workers to sql-client.
    package static let runningSQL = QueueName(rawValue: "running_sql")!
    /// Attempts that failed, and points whose job became a dead letter: to sql-client.
    package static let errorSQL = QueueName(rawValue: "error_sql")!
    /// Stable results: from the workers to sql-client.
    package static let completeStableSQL = QueueName(rawValue: "complete0_sql")!
    /// Unstable results: from the workers to sql-client.
    package static let completeUnstableSQL = QueueName(rawValue: "complete1_sql")!
    /// Finished points to expand, and the job that carries a search on: from sql-client to the master.
    package static let explore = QueueName(rawValue: "explore")!

    /// In the order in which a point passes through them.
    package static let all = [
        mainSQL, main, runningSQL, errorSQL, completeStableSQL, completeUnstableSQL, explore,
    ]

    /// The queues that sql-client drains, results first: the ledger then knows that a point has ended before it reads
    /// another proposal of it.
    package static let toLedger = [completeStableSQL, completeUnstableSQL, errorSQL, runningSQL, mainSQL]

    /// The lease time and the limits of each queue.
    package static func configurations(for policy: RunPolicy) -> [QueueConfiguration] {
        all.map { name in
            guard name == main else {
                // These jobs take milliseconds, and a poison message must not block the rest. A crash of the consumer
                // says little about one message: its batch had thousands of others.
                return QueueConfiguration(
                    name: name, leaseTime: .seconds(15), maximumAttempts: 5, maximumCrashes: 50)
            }
            return QueueConfiguration(
                name: name, leaseTime: policy.leaseTime, maximumAttempts: policy.attempts,
                maximumCrashes: policy.attempts, deadLetterNotice: errorSQL)
        }
    }
}

extension [QueueName: QueueCounts] {
    /// The number of dead letters in each queue other than `main` that has some, in the ring's order.
    ///
    /// A dead letter of `main` is a point that was given up; the ledger knows it. One of another queue is a message that
    /// did not reach the ledger or the master: a point or a verdict that is missing, which only a retry brings back.
    package var undeliveredMessages: [(queue: QueueName, count: Int)] {
        RingQueues.all.filter { $0 != RingQueues.main }.compactMap { queue in
            self[queue].flatMap { $0.dead > 0 ? (queue, $0.dead) : nil }
        }
    }

    /// A sentence about messages that did not arrive, with the remedy; `nil` if there are none.
    package var deadLetterWarning: String? {
        let undelivered = undeliveredMessages
        guard !undelivered.isEmpty else { return nil }
        let places = undelivered.map { "\($0.count) in \($0.queue.rawValue)" }.joined(separator: ", ")
        return "dead letters: \(places): points or verdicts may be missing; 'atmos dead list' shows the errors, "
            + "'atmos reconcile --revive' retries the messages, and the exploration continues from there"
    }

    /// Whether the ring has no jobs except dead letters.
    package var isFinished: Bool {
        values.allSatisfy { $0.outstanding == 0 }
    }

    /// Whether nothing is in progress: there are only points that wait for a worker, ready or delayed, and a search
    /// that waits for them.
    package var isQuiet: Bool {
        allSatisfy { name, counts in
            switch name {
            case RingQueues.main: counts.leased == 0
            case RingQueues.explore: counts.ready + counts.leased == 0
            default: counts.outstanding == 0
            }
        }
    }
}
