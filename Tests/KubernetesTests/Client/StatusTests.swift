import HTTPClient
import Testing

@testable import KubernetesClient

/// The shapes in which Kubernetes 1.34 answers.
struct StatusTests {
    private func error(_ status: Int, _ body: String, verb: String = "create") -> KubernetesError {
        KubernetesError(
            HTTPResponse(head: HTTPResponseHead(status: status), body: Array(body.utf8)),
            to: Operation(verb: verb, resource: .jobs, name: "w-1", namespace: "n"), server: "https://k:6443")
    }

    @Test("an object that breaks its kind's rules is refused with each place")
    func invalid() {
        let error = error(
            422,
            """
            {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
             "message": "Job.batch \\"w-1\\" is invalid: …", "reason": "Invalid",
             "details": {"name": "w-1", "group": "batch", "kind": "Job", "causes": [
               {"reason": "FieldValueRequired", "message": "Required value: valid values: \\"OnFailure\\", \\"Never\\"",
                "field": "spec.template.spec.restartPolicy"},
               {"reason": "FieldValueInvalid", "message": "Invalid value: -1", "field": "spec.parallelism"}]},
             "code": 422}
            """)
        #expect(error.code == .invalid)
        #expect(error.causes.map(\.field) == ["spec.template.spec.restartPolicy", "spec.parallelism"])
        #expect(
            error.message
                == "The API server https://k:6443 did not create Job 'w-1' in namespace 'n': spec.template.spec.restartPolicy: "
                + "Required value: valid values: \"OnFailure\", \"Never\"; spec.parallelism: Invalid value: -1 (422 Invalid); "
                + "correct the manifest.")
    }

    @Test(
        "each status has its meaning",
        arguments: [
            (400, "BadRequest", KubernetesError.Code.badRequest), (401, "Unauthorized", .unauthorized),
            (403, "Forbidden", .forbidden), (404, "NotFound", .notFound), (409, "AlreadyExists", .alreadyExists),
            (409, "Conflict", .conflict), (410, "Expired", .expired), (429, "TooManyRequests", .tooManyRequests),
            (500, "InternalError", .unavailable), (504, "Timeout", .unavailable),
            (415, "UnsupportedMediaType", .badRequest),
        ])
    func codes(_ status: Int, _ reason: String, _ code: KubernetesError.Code) {
        let error = error(status, #"{"kind": "Status", "reason": "\#(reason)", "message": "m", "code": \#(status)}"#)
        #expect(error.code == code)
        #expect(error.message.contains("\(status) \(reason)"))
    }

    @Test("an answer that is no Status, as of a proxy on the way, is told as it is")
    func noStatus() {
        let error = error(502, "<html>Bad Gateway</html>", verb: "show")
        #expect(error.code == .unavailable)
        #expect(error.message.contains("did not show Job 'w-1'"))
        #expect(error.message.contains("<html>Bad Gateway</html> (status 502)"))
    }

    @Test("a quota and a security standard have advice of their own")
    func advice() {
        let quota = error(
            403, #"{"kind": "Status", "reason": "Forbidden", "message": "pods \"a\" is forbidden: exceeded quota: q"}"#)
        #expect(quota.message.hasSuffix("raise the ResourceQuota, or ask for less."))
        let standard = error(
            403, #"{"kind": "Status", "reason": "Forbidden", "message": "violates PodSecurity \"restricted:latest\""}"#)
        #expect(standard.message.hasSuffix("correct the pod's security context."))
    }

    @Test("warnings are read out of their headers, quotes within them and several on a line included")
    func warnings() {
        var headers = HTTPHeaders()
        headers.add("Warning", #"299 - "would violate \"restricted\"""#)
        headers.add("warning", #"299 - "second", 299 k8s "third" "Sat, 21 Nov 2026 00:00:00 GMT""#)
        headers.add("Warning", #"299 - "second""#)
        headers.add("Warning", "something else")
        #expect(
            WarningHeader.texts(of: HTTPResponseHead(status: 200, headers: headers))
                == [#"would violate "restricted""#, "second", "third", "something else"])
    }

    @Test("lines come out whole, however the stream is cut")
    func lines() {
        var splitter = LineSplitter()
        #expect(splitter.add(Array("a".utf8)).isEmpty)
        #expect(splitter.add(Array("b\n\ncd\ne".utf8)) == [Array("ab".utf8), Array("cd".utf8)])
        #expect(splitter.add(Array("\n".utf8)) == [Array("e".utf8)])
    }
}
