/// What a connection has to send and to wait for: pure state, without any I/O.
///
/// Replies come in the order of their commands. A command waits here while there is no connection. It also waits while
/// the server is quick with its replies and some are outstanding, so that whatever has queued up until the next one goes
/// out as one piece. As soon as a reply is slow in coming, commands go out at once: none waits for a slow one's reply.
struct Pipeline<Ticket: Sendable> {
    /// Whoever waits for the reply to a command.
    private struct Request {
        let ticket: Ticket
        /// The instant by which the reply must have come.
        let deadline: ContinuousClock.Instant
        /// How many bytes the encoded command has.
        let size: Int
    }

    private enum Phase {
        case disconnected
        case connected
        case closed
    }

    private var phase = Phase.disconnected
    /// Whether commands gather while replies are outstanding: since a reply came, until nothing came for a while.
    private(set) var gathers = false
    private var waiting = Queue<Request>()
    private var inFlight = Queue<Request>()
    /// The encoded commands of those who are `waiting`.
    private var gathered = OutgoingBytes()
    /// The bytes that the socket has not taken yet.
    private(set) var outgoing = OutgoingBytes()

    var isClosed: Bool { phase == .closed }
    var hasUnsent: Bool { !outgoing.isEmpty }

    /// When the next thing is overdue: the oldest command without its reply.
    var nextDeadline: ContinuousClock.Instant? { inFlight.first?.deadline ?? waiting.first?.deadline }

    /// Takes in a command; it goes out with the next ``flush()``, or with a reply.
    /// - Returns: false when the connection is closed for good, and the command was not taken in.
    mutating func submit(_ command: RedisCommand, _ ticket: Ticket, deadline: ContinuousClock.Instant) -> Bool {
        guard phase != .closed else { return false }
        waiting.append(Request(ticket: ticket, deadline: deadline, size: gathered.append(command)))
        return true
    }

    /// Lets what waits go out, unless replies are outstanding and the next is likely to come soon.
    mutating func flush() {
        if inFlight.isEmpty || !gathers { fill() }
    }

    /// Nothing came for a while: whatever waits may go out, and so may every command until the next reply.
    mutating func stopGathering() {
        gathers = false
        fill()
    }

    /// A connection has come about: whatever waits may go out.
    mutating func connect() {
        guard phase == .disconnected else { return }
        phase = .connected
        fill()
    }

    /// The socket took `count` bytes of what was outgoing.
    mutating func sent(_ count: Int) {
        outgoing.remove(count)
    }

    /// The connection answered `count` commands; whatever waits may go out.
    /// - Returns: who was answered, in the order of the replies; fewer when there were more replies than commands.
    mutating func answered(_ count: Int) -> [Ticket] {
        var tickets: [Ticket] = []
        tickets.reserveCapacity(count)
        while tickets.count < count, let request = inFlight.popFirst() { tickets.append(request.ticket) }
        gathers = true
        fill()
        return tickets
    }

    /// The connection is gone. What was never sent goes on waiting for the next one.
    /// - Returns: those whose commands may have been carried out or not, oldest first.
    mutating func disconnect() -> [Ticket] {
        if phase == .connected { phase = .disconnected }
        gathers = false
        outgoing = OutgoingBytes()
        return inFlight.takeAll().map(\.ticket)
    }

    /// Whether the oldest command that was sent should have been answered by now.
    func isOverdue(at now: ContinuousClock.Instant) -> Bool {
        inFlight.first.map { $0.deadline <= now } ?? false
    }

    /// Gives up the commands that have waited too long for a connection.
    mutating func expireWaiting(at now: ContinuousClock.Instant) -> [Ticket] {
        var expired: [Ticket] = []
        while let first = waiting.first, first.deadline <= now {
            expired.append(first.ticket)
            gathered.remove(first.size)
            _ = waiting.popFirst()
        }
        return expired
    }

    /// Ends everything.
    /// - Returns: everybody who still waits.
    mutating func close() -> [Ticket] {
        phase = .closed
        outgoing = OutgoingBytes()
        gathered = OutgoingBytes()
        return inFlight.takeAll().map(\.ticket) + waiting.takeAll().map(\.ticket)
    }

    private mutating func fill() {
        guard phase == .connected, !waiting.isEmpty else { return }
        outgoing.take(&gathered)
        while let request = waiting.popFirst() { inFlight.append(request) }
    }
}
