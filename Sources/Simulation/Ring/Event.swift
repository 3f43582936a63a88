internal import HeapModule

/// Something that happens at a time.
struct Event: Comparable {
    enum Kind {
        /// The run of a worker ends.
        case runEnds
        case workerIsLost
        case workerArrives
        /// The lease of a point ends whose worker was lost.
        case leaseEnds
        /// A point that failed may be tried again.
        case retryIsDue
        /// A batch of an sql-client, or of a master, is done.
        case sqlClientIsDone
        case masterIsDone
    }

    let time: Double
    /// Of events at the same time, the one that was planned first comes first.
    let order: UInt64
    let kind: Kind
    /// The number of the worker, the point or the role.
    let subject: UInt32
    /// Of a worker: which of those that have had its place; events of an earlier one are void.
    let generation: UInt32

    static func < (left: Event, right: Event) -> Bool {
        left.time != right.time ? left.time < right.time : left.order < right.order
    }

    static func == (left: Event, right: Event) -> Bool { left.order == right.order }
}

/// What is going to happen, the next thing first.
struct Agenda {
    private var events = Heap<Event>()
    private var planned: UInt64 = 0

    mutating func plan(_ kind: Event.Kind, at time: Double, _ subject: UInt32, generation: UInt32 = 0) {
        planned += 1
        events.insert(Event(time: time, order: planned, kind: kind, subject: subject, generation: generation))
    }

    mutating func next() -> Event? { events.popMin() }
}
