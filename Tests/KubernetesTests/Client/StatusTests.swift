import HTTPClient
import Testing

@testable import KubernetesClient

/// Tests with responses in the format of Kubernetes 1.34.
@Suite("An error response")
struct StatusTests {
    private func error(_ status: Int, _ body: String, verb: String = "create") -> KubernetesError {
        KubernetesError(
            HTTPResponse(head: HTTPResponseHead(status: status), body: Array(body.utf8)),
            to: Operation(verb: verb, resource: .jobs, name: "w-1", namespace: "n"), server: "https://k:6443")
    }

    @Test("lists each error in an invalid object with its place")
    func invalidObject_hasCauses() {
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
                == "the API server https://k:6443 did not create Job 'w-1' in namespace 'n': spec.template.spec.restartPolicy: "
                + "Required value: valid values: \"OnFailure\", \"Never\"; spec.parallelism: Invalid value: -1 (422 Invalid); "
                + "correct the manifest")
    }

    @Test(
        "has a code for each status",
        arguments: [
            (400, "BadRequest", KubernetesError.Code.badRequest), (401, "Unauthorized", .unauthorized),
            (403, "Forbidden", .forbidden), (404, "NotFound", .notFound), (409, "AlreadyExists", .alreadyExists),
            (409, "Conflict", .conflict), (410, "Expired", .expired), (429, "TooManyRequests", .tooManyRequests),
            (500, "InternalError", .unavailable), (504, "Timeout", .unavailable),
            (415, "UnsupportedMediaType", .badRequest),
        ])
    func status_hasCode(_ status: Int, _ reason: String, _ code: KubernetesError.Code) {
        let error = error(status, #"{"kind": "Status", "reason": "\#(reason)", "message": "m", "code": \#(status)}"#)
        #expect(error.code == code)
        #expect(error.message.contains("\(status) \(reason)"))
    }

    @Test("is shown unchanged if it is not a Status, such as that of a proxy")
    func otherBody_isShown() {
        let error = error(502, "<html>Bad Gateway</html>", verb: "show")
        #expect(error.code == .unavailable)
        #expect(error.message.contains("did not show Job 'w-1'"))
        #expect(error.message.contains("<html>Bad Gateway</html> (status 502)"))
    }

    @Test("has specific advice for a quota and a security standard")
    func refusals_haveAdvice() {
        let quota = error(
            403, #"{"kind": "Status", "reason": "Forbidden", "message": "pods \"a\" is forbidden: exceeded quota: q"}"#)
        #expect(quota.message.hasSuffix("raise the ResourceQuota or request less"))
        let standard = error(
            403, #"{"kind": "Status", "reason": "Forbidden", "message": "violates PodSecurity \"restricted:latest\""}"#)
        #expect(standard.message.hasSuffix("correct the pod's security context"))
    }

    @Test("has warnings in its headers, which may contain quotes and several warnings per line")
    func warningHeaders_areRead() {
        var headers = HTTPHeaders()
        headers.add("Warning", #"299 - "would violate \"restricted\"""#)
        headers.add("warning", #"299 - "second", 299 k8s "third" "Sat, 21 Nov 2026 00:00:00 GMT""#)
        headers.add("Warning", #"299 - "second""#)
        headers.add("Warning", "something else")
        #expect(
            WarningHeader.texts(of: HTTPResponseHead(status: 200, headers: headers))
                == [#"would violate "restricted""#, "second", "third", "something else"])
    }

    @Test("in a stream is split into complete lines for any size of chunks")
    func lines_areComplete() {
        var splitter = LineSplitter()
        #expect(splitter.add(Array("a".utf8)).isEmpty)
        #expect(splitter.add(Array("b\n\ncd\ne".utf8)) == [Array("ab".utf8), Array("cd".utf8)])
        #expect(splitter.add(Array("\n".utf8)) == [Array("e".utf8)])
    }
}
