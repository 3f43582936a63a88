internal import FoundationEssentials
package import KubernetesClient
package import LeaseQueue
internal import Support

/// A Job that is made for one job of a queue: the queue's job stands in its annotation, so that it can be queued again
/// from the Job itself, whatever became of the queue.
package struct PointJob: Codable, Sendable, Hashable {
    /// Whose point it is.
    package let exploration: String
    /// The queue.
    package let queue: String
    /// The job's id: the point's hash.
    package let id: String
    /// The job's payload.
    package let payload: String
    /// 0 to 9.
    package let priority: Int
    /// Which of the point's stays among the ready jobs the Job is for (``LeaseQueue/ReadyJob/delivery``).
    package let delivery: String

    /// How many digits of the id a Job's name has: enough that two points never meet, and room for a name before them.
    private static let digits = 20

    /// Nil for a job whose id is no hash, and whose payload is no text: that is no point.
    package init?(_ job: ReadyJob, queue: String, exploration: String) {
        guard job.id.utf8.count >= Self.digits, job.id.wholeMatch(of: /[0-9a-f]+/) != nil,
            let payload = String(validating: job.payload, as: UTF8.self)
        else { return nil }
        self.exploration = exploration
        self.queue = queue
        self.payload = payload
        id = job.id
        priority = job.priority
        delivery = job.delivery
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

    /// The point of a Job; nil where it was made for whatever is in the queue.
    init?(of job: JobObject) {
        guard let annotation = job.metadata.annotations?[Annotations.point],
            let point = try? PointJob(annotation: annotation)
        else { return nil }
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

    /// What the Job is named after: the point and, in eight digits, its delivery. So a Job that is made twice is refused
    /// the second time (409), and the next one for a point that was given back is not.
    package var decision: String {
        let text = [exploration, queue, id, delivery].joined(separator: "\n")
        return "\(id.prefix(Self.digits))-\(Hexadecimal.encode(SHA256.hash(text.utf8)).prefix(8))"
    }

    /// Rendered objects as those for this point: it stands in the Jobs' annotation.
    ///
    /// - Throws: ``ManifestError``.
    func annotated(_ rendered: [Manifest]) throws(ManifestError) -> [Manifest] {
        var annotated: [Manifest] = []
        for manifest in rendered {
            annotated.append(
                manifest.isJob ? try manifest.addingMetadata(annotations: [Annotations.point: annotation]) : manifest)
        }
        return annotated
    }
}
