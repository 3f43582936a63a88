import Testing

@testable import KubernetesClient
@testable import LeaseQueue
@testable import Scaler

struct PointJobTests {
    @Test("what is annotated can be read again, and the name goes with the point and its delivery")
    func roundTrip() throws {
        let ready = ReadyJob.sample(payload: #"{"code":"1e-7,\"x\": y # z"}"#)
        let point = try #require(PointJob(ready, queue: "main", exploration: "earth"))
        let manifest = try point.annotated([Manifest(yaml: Sample.job("w"))])[0]
        #expect(try PointJob(annotation: #require(manifest.annotations[Annotations.point])) == point)
        #expect(point.decision.hasPrefix("0123456789abcdef0123-"))
        let others = [
            PointJob(.sample(releases: 1), queue: "main", exploration: "earth"),
            PointJob(ready, queue: "main", exploration: "mars"), PointJob(ready, queue: "other", exploration: "earth"),
        ]
        #expect(Set(([point] + others).map { $0?.decision }).count == 4)
    }

    @Test("an id that is no hash, and an annotation that is no point, are refused")
    func refusals() throws {
        for id in ["", "../../x", String(repeating: "Z", count: 64)] {
            #expect(PointJob(.sample(id), queue: "main", exploration: "earth") == nil)
        }
        #expect(throws: ManifestError.self) { try PointJob(annotation: "{}") }
    }

    @Test("a template whose worker would not know its point, or would have several pods, is refused")
    func templates() throws {
        let point = PointJob(.sample(), queue: "main", exploration: "earth")
        func render(_ container: String, _ pods: String = "1") throws -> [Manifest] {
            let sample = TemplateSample.variables()
            let text = TemplateSample.job(container: container).replacing("{{ pods }}", with: pods)
            return try JobTemplate(text: text, file: "t.yaml").render(
                TemplateVariables(
                    work: sample.work, decision: sample.decision, policy: sample.policy, namespace: "n", point: point))
        }
        let told = "          env: [{name: ATMOS_POINT, value: {{ point.id }}}]"
        #expect(try render(told).count == 1)
        #expect(try render("          args: [--point, {{ point.id }}]").count == 1)
        for (container, pods) in [("", "1"), ("          env: [{name: ATMOS_POINT, value: other}]", "1"), (told, "2")] {
            #expect(throws: TemplateError.self) { try render(container, pods) }
        }
    }
}

extension ReadyJob {
    /// A ready point.
    static func sample(
        _ id: String = String(repeating: "0123456789abcdef", count: 4), releases: UInt8 = 0, payload: String = "{}"
    ) -> ReadyJob {
        let head: [UInt8] = [5, 0, 0, 0, 0, 0, releases] + Array(repeating: 0, count: 14)
        return ReadyJob(id: id, record: JobRecord(head + Array(payload.utf8))!, history: 0)
    }
}
