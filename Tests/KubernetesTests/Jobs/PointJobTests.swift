import Testing

@testable import Kubernetes

struct PointJobTests {
    private let hash = String(repeating: "0123456789abcdef", count: 4)

    private func point(_ id: String? = nil) -> PointJob {
        PointJob(queue: "main", id: id ?? hash, payload: #"{"code":"1e-7,\"x\": y # z"}"#, priority: 7)
    }

    @Test("a Job for a point is named after the point, and the point can be read from it again")
    func roundTrip() throws {
        let long = String(repeating: "w", count: 60)
        let manifest = try point().manifest(from: Manifest(yaml: Sample.job(long)))
        #expect(manifest.name == String(repeating: "w", count: 42) + "-0123456789abcdef0123")
        let annotation = try #require(manifest.annotations[Annotations.point])
        #expect(try PointJob(annotation: annotation) == point())
    }

    @Test("an id that is no hash, and an annotation that is no point, are refused")
    func refusals() throws {
        let job = try Manifest(yaml: Sample.job("w"))
        for id in ["", "../../x", String(repeating: "Z", count: 64)] {
            #expect(throws: ManifestError.self) { try point(id).manifest(from: job) }
        }
        #expect(throws: ManifestError.self) { try PointJob(annotation: "{}") }
    }
}
