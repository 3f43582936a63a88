internal import LeaseQueue
internal import ParameterSpace
package import Support

extension Worker.Settings {
    /// Makes it a worker for one point, which leaves when that is done, or when there is nothing to do about it.
    ///
    /// - Parameter point: the point's hash.
    /// - Throws: ``SettingError`` where it is none.
    package mutating func runOnly(_ point: String) throws(SettingError) {
        guard let hash = PointHash(point) else {
            throw SettingError(
                description:
                    "--point (or \(EnvironmentNames.point)) is '\(point.prefix(80))', which is no point's hash; a "
                    + "hash has 64 hexadecimal digits")
        }
        self.point = hash.description
        maximumJobs = 1
    }
}

extension Worker {
    /// Leases the one point that the worker is for; while the queue is paused, that waits.
    func lease(_ point: String) async throws -> LeaseReply {
        while true {
            let reply = try await loop.insist { try await sources[0].queues.lease(id: point, from: RingQueues.main) }
            guard reply.control == .pause else { return reply }
            try await Task.sleep(for: .seconds(1))
        }
    }
}
