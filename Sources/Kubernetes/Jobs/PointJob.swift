internal import FoundationEssentials

/// A Job that was made for one job of a queue: the queue's job stands in its annotation, so that it can be queued again
/// from the Job itself, whatever became of the queue.
package struct PointJob: Codable, Sendable, Hashable {
    /// The queue.
    package let queue: String
    /// The job's id: the point's hash.
    package let id: String
    /// The job's payload.
    package let payload: String
    /// 0 to 9.
    package let priority: Int

    /// How many digits of the id a Job's name has: enough that two points never meet, and room for a name before them.
    private static let digits = 20

    package init(queue: String, id: String, payload: String, priority: Int) {
        self.queue = queue
        self.id = id
        self.payload = payload
        self.priority = priority
    }

    /// Reads the annotation of a Job.
    ///
    /// - Throws: ``ManifestError`` for one that was not written here.
    package init(annotation: String) throws(ManifestError) {
        guard let point = try? JSONDecoder().decode(Self.self, from: Data(annotation.utf8)) else {
            throw ManifestError("The annotation \(Annotations.point) holds no point, but '\(annotation.prefix(80))'.")
        }
        self = point
    }

    /// The annotation.
    package var annotation: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(self) else {
            preconditionFailure("texts and a number can always be written as JSON")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A rendered Job as the one for this point: named after it, so that it is made once.
    ///
    /// - Throws: ``ManifestError`` where the id cannot be a part of a name.
    package func manifest(from job: Manifest) throws(ManifestError) -> Manifest {
        guard id.utf8.count >= Self.digits, id.wholeMatch(of: /[0-9a-f]+/) != nil else {
            throw ManifestError("The job '\(id.prefix(80))' is no point's: its id is no hash in hexadecimal digits.")
        }
        let start = job.name.prefix(63 - Self.digits - 1)
        return try job.stamped(
            name: "\(start)-\(id.prefix(Self.digits))", annotations: [Annotations.point: annotation])
    }
}
