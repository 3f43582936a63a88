internal import DequeModule

/// The commands that a connection has to send, and the replies that it waits for: pure state, without I/O.
///
/// Replies come in the order of their commands. A command waits while there is no connection. It also waits while the
/// server replies quickly and replies are outstanding: the commands that are queued until the next reply are sent
/// together. If a reply is slow, commands are sent at once, so that no command waits for the reply to a slow one.
struct Pipeline<Ticket: Sendable> {
    /// A command without a reply.
    private struct Request {
        /// Identifies the waiting caller.
        let ticket: Ticket
        /// The time limit for the reply.
        let deadline: ContinuousClock.Instant
        /// The length of the encoded command in bytes.
        let size: Int
    }

    private enum Phase {
        case disconnected
        case connected
        case closed
    }

    private var phase = Phase.disconnected
    /// Whether commands are collected while replies are outstanding: after a reply, until the next one is slow.
    private(set) var isBatching = false
    private var waiting = Deque<Request>()
    private var inFlight = Deque<Request>()
    /// The encoded commands of `waiting`.
    private var batched = OutgoingBytes()
    /// The bytes that the socket has not taken yet.
    private(set) var outgoing = OutgoingBytes()

    var isClosed: Bool { phase == .closed }
    var hasUnsent: Bool { !outgoing.isEmpty }

    /// The deadline of the oldest command without a reply.
    var nextDeadline: ContinuousClock.Instant? { inFlight.first?.deadline ?? waiting.first?.deadline }

    /// Queues a command. It becomes outgoing with the next ``flush()``, or with a reply.
    /// - Returns: false if the pipeline is closed; the command was not queued then.
    mutating func submit(_ command: RedisCommand, _ ticket: Ticket, deadline: ContinuousClock.Instant) -> Bool {
        guard phase != .closed else { return false }
        waiting.append(Request(ticket: ticket, deadline: deadline, size: batched.append(command)))
        return true
    }

    /// Makes the waiting commands outgoing, unless replies are outstanding and the next one is likely to come soon.
    mutating func flush() {
        if inFlight.isEmpty || !isBatching { fill() }
    }

    /// Makes the waiting commands outgoing because a reply is slow, and every further one until the next reply.
    mutating func stopBatching() {
        isBatching = false
        fill()
    }

    /// Makes the waiting commands outgoing over a new connection.
    mutating func connect() {
        guard phase == .disconnected else { return }
        phase = .connected
        fill()
    }

    /// Removes the first `count` outgoing bytes, which the socket took.
    mutating func sent(_ count: Int) {
        outgoing.remove(count)
    }

    /// Removes the oldest `count` commands that were sent, because their replies came, and makes the waiting ones
    /// outgoing.
    /// - Returns: the tickets in the order of the replies; fewer than `count` if there were more replies than commands.
    mutating func answered(_ count: Int) -> [Ticket] {
        var tickets: [Ticket] = []
        tickets.reserveCapacity(count)
        while tickets.count < count, let request = inFlight.popFirst() { tickets.append(request.ticket) }
        isBatching = true
        fill()
        return tickets
    }

    /// Removes the commands that were sent, because the connection broke. The others wait for the next connection.
    /// - Returns: the tickets of the commands that may have been carried out or not, oldest first.
    mutating func disconnect() -> [Ticket] {
        if phase == .connected { phase = .disconnected }
        isBatching = false
        outgoing = OutgoingBytes()
        defer { inFlight = [] }
        return inFlight.map(\.ticket)
    }

    /// Whether the oldest command that was sent has exceeded its time limit.
    func isOverdue(at now: ContinuousClock.Instant) -> Bool {
        inFlight.first.map { $0.deadline <= now } ?? false
    }

    /// Removes the commands whose time limit has passed while they waited for a connection.
    mutating func expireWaiting(at now: ContinuousClock.Instant) -> [Ticket] {
        var expired: [Ticket] = []
        while let first = waiting.first, first.deadline <= now {
            expired.append(first.ticket)
            batched.remove(first.size)
            waiting.removeFirst()
        }
        return expired
    }

    /// Removes all commands and refuses further ones.
    /// - Returns: the tickets of all commands without a reply.
    mutating func close() -> [Ticket] {
        phase = .closed
        outgoing = OutgoingBytes()
        batched = OutgoingBytes()
        defer { (inFlight, waiting) = ([], []) }
        return inFlight.map(\.ticket) + waiting.map(\.ticket)
    }

    private mutating func fill() {
        guard phase == .connected, !waiting.isEmpty else { return }
        outgoing.take(&batched)
        if inFlight.isEmpty {
            swap(&inFlight, &waiting)
        } else {
            inFlight.append(contentsOf: waiting)
            waiting.removeAll(keepingCapacity: true)
        }
    }
}

/// Encoded commands that are to be sent.
struct OutgoingBytes {
    private var bytes: [UInt8] = []
    private var offset = 0

    var isEmpty: Bool { bytes.isEmpty }

    /// Adds a command.
    /// - Returns: its length in bytes.
    @discardableResult
    mutating func append(_ command: RedisCommand) -> Int {
        let start = bytes.count
        command.encode(into: &bytes)
        return bytes.count - start
    }

    /// Moves all bytes of `other` to the end.
    mutating func take(_ other: inout OutgoingBytes) {
        if isEmpty {
            swap(&self, &other)
        } else {
            other.withUnsafeBytes { bytes.append(contentsOf: $0) }
            other.clear()
        }
    }

    /// Removes the first `count` bytes.
    mutating func remove(_ count: Int) {
        offset += count
        if offset == bytes.count { clear() }
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }

    private mutating func clear() {
        // Keeps the memory for the next commands, unless a huge command has made it huge.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        offset = 0
    }
}
