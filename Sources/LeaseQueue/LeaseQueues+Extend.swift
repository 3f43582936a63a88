internal import RedisClient

extension LeaseQueues {
    /// Extends leases from now on: the heartbeat of a consumer, one round trip for any number of leases.
    ///
    /// Moves ``Lease/expires`` of those that hold, and makes those that do not invalid at once. Takes along what is in
    /// ``Lease/note``.
    /// - Parameter time: how long they hold from now on; nil stands for what each was leased for. At least 10 ms.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func extend(_ leases: [Lease], by time: Duration? = nil) async throws -> ExtendReply {
        let groups = Dictionary(grouping: leases.indices) { index in
            Group(queue: leases[index].queue, leaseTime: time ?? leases[index].leaseTime)
        }
        let pieces = groups.flatMap { group, indices in
            indices.pieces(of: Self.batchLimit).map { (group: group, indices: $0) }
        }
        if pieces.count == 1 {
            let reply = try await extend(leases, pieces[0].group)
            return ExtendReply(
                held: reply.held, control: reply.control, controls: [pieces[0].group.queue: reply.control])
        }
        // All at once, so that they travel together.
        return try await withThrowingTaskGroup { tasks in
            for piece in pieces {
                tasks.addTask { (piece, try await self.extend(piece.indices.map { leases[$0] }, piece.group)) }
            }
            var held = [Bool](repeating: false, count: leases.count)
            var control = ControlState.run
            var controls: [QueueName: ControlState] = [:]
            for try await (piece, reply) in tasks {
                for (index, holds) in zip(piece.indices, reply.held) { held[index] = holds }
                if reply.control.strictness > control.strictness { control = reply.control }
                controls[piece.group.queue] = reply.control
            }
            return ExtendReply(held: held, control: control, controls: controls)
        }
    }

    private struct Group: Hashable {
        let queue: QueueName
        let leaseTime: Duration
    }

    private func extend(_ leases: [Lease], _ group: Group) async throws -> (held: [Bool], control: ControlState) {
        let leaseTime = try Self.checked(group.leaseTime)
        let desk = try desks.desk(group.queue)
        var invocation = desk.extend
        invocation.append(group.queue.rawValue)
        invocation.append(consumer)
        invocation.append(desk.attendance.isDue() ? 1 : 0)
        invocation.append(leaseTime.milliseconds)
        invocation.append(leases.count)
        for lease in leases { invocation.append(lease.id) }
        for lease in leases { invocation.append(lease.token.rawValue, digits: 16) }
        let notes = leases.map(\.note)
        if notes.contains(where: { !$0.isEmpty }) { for note in notes { invocation.append(note) } }
        let (reply, sent) = try await evaluate(Scripts.extend, invocation)
        guard let elements = reply.elements, elements.count == 2,
            let control = elements[0].text.flatMap(ControlState.init(rawValue:)), let letters = elements[1].bytes,
            letters.count == leases.count
        else { throw LeaseQueueError.unexpectedReply("extend", group.queue) }
        let held = letters.map { $0 == UInt8(ascii: "1") }
        for (lease, holds) in zip(leases, held) {
            if holds {
                lease.standing.extend(sent: sent, leaseTime: leaseTime)
            } else {
                lease.standing.expire()
            }
        }
        return (held, control)
    }
}
