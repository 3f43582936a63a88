import HTTPClient

/// A port of this machine at which a role that was just started serves HTTP, or will.
struct Endpoint: Sendable {
    let port: UInt16

    /// What is answered to a request for a path, as soon as somebody listens.
    func ask(_ path: String, _ method: HTTPRequest.Method = .get) async throws -> (status: Int, text: String) {
        var request = HTTPRequest(method, "http://127.0.0.1:\(port)\(path)")
        request.proxy = .none
        while true {
            do {
                let response = try await HTTPClient().send(request)
                return (response.status, response.text)
            } catch let error as HTTPError where error.code == .connectionFailed {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Returns what is answered once it is of a status.
    func wait(for status: Int, at path: String) async throws -> String {
        while true {
            let answer = try await ask(path)
            if answer.status == status { return answer.text }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
