internal import HeapModule

/// An event at a point in simulated time.
struct Event: Comparable {
    enum Kind {
        /// A worker's run ends.
        case runEnds
        case workerIsLost
        case workerArrives
        /// The lease of a lost worker's point ends.
        case leaseEnds
        /// A failed point may be retried.
        case retryIsDue
        /// The batch of an sql-client or a master is complete.
        case sqlClientIsDone
        case masterIsDone
    }

    let time: Double
    /// The order of events at the same time: first planned, first handled.
    let order: UInt64
    let kind: Kind
    /// The index of the worker, the point or the role.
    let subject: UInt32
    /// The generation of a worker in its slot; events of an earlier generation are void.
    let generation: UInt32

    static func < (left: Event, right: Event) -> Bool {
        left.time != right.time ? left.time < right.time : left.order < right.order
    }

    static func == (left: Event, right: Event) -> Bool { left.order == right.order }
}

/// The planned events, the next one first.
struct EventQueue {
    private var events = Heap<Event>()
    private var planned: UInt64 = 0

    mutating func plan(_ kind: Event.Kind, at time: Double, _ subject: UInt32, generation: UInt32 = 0) {
        planned += 1
        events.insert(Event(time: time, order: planned, kind: kind, subject: subject, generation: generation))
    }

    mutating func next() -> Event? { events.popMin() }
}
