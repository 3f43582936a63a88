import FoundationEssentials
import Support
import SystemPackage
import TestSupport
import Testing

@testable import HTTPClient

/// Tests against the server `Tests/Servers/web.py`.
@Suite("The HTTP client", .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct HTTPClientTests {
    private struct Echo: Decodable {
        let method: String
        let path: String
        let size: Int
        let client: Int
        let sha256: String
        let headers: [String: String]
    }

    private func withServer(_ body: @Sendable (HTTPClient, String) async throws -> Void) async throws {
        try await PythonServer.run("web") { server in
            try await body(HTTPClient(), "http://127.0.0.1:\(server.port)")
        }
    }

    private func echo(_ response: HTTPResponse) throws -> Echo {
        try JSONDecoder().decode(Echo.self, from: Data(response.body))
    }

    /// A counter of the server.
    private func count(_ name: String, _ client: HTTPClient, _ url: String) async throws -> String {
        try await client.send(HTTPRequest(.get, url + "/count?of=\(name)")).text
    }

    @Test("sends a request unchanged and returns all headers of the response")
    func request_arrivesUnchanged() async throws {
        try await withServer { client, url in
            for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
                var request = HTTPRequest(
                    method, url + "/echo/a%2Fb/../c?x=1%202", headers: ["X-One": "1", "X-None": ""])
                if method == .put || method == .post { request.body = .bytes("hello".utf8) }
                let response = try await client.send(request)
                let echo = try echo(response)
                #expect(response.status == 200)
                #expect(response.isSuccess)
                #expect(echo.method == method.rawValue)
                #expect(echo.path == "/echo/a%2Fb/../c?x=1%202")
                #expect(echo.size == (request.body == nil ? 0 : 5))
                #expect(echo.headers["X-One"] == "1")
                #expect(echo.headers["X-None"] == "")
                #expect(echo.headers["Content-Type"] == nil)
                #expect(echo.headers["Expect"] == nil)
                #expect(response.head.headers["x-twice"] == "one")
                #expect(response.head.headers.fields.filter { $0.name == "X-Twice" }.map(\.value) == ["one", "two"])
            }
            #expect(
                try await client.send(HTTPRequest(.head, url + "/bytes?count=7")).head.headers["content-length"] == "7")
        }
    }

    @Test("returns responses with an error status, and does not follow redirects")
    func errorStatus_isReturned() async throws {
        try await withServer { client, url in
            for status in [204, 301, 307, 404, 429, 500, 503] {
                let request = HTTPRequest(.get, url + "/status?is=\(status)")
                let response = try await client.send(request)
                #expect(response.status == status)
            }
        }
    }

    @Test("sends a body from pieces of files and memory, and writes a response to a file")
    func bodies_goFromAndToFiles() async throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let sent = try folder.write(bytes, to: "sent")
        try await withServer { client, url in
            let body = HTTPBody([
                .bytes([1, 2, 3]), .file(sent, offset: 1000, count: 2_500_000), .bytes([]), .bytes([4]),
                .file(sent, offset: 0, count: 10),
            ])
            let echo = try echo(try await client.send(HTTPRequest(.put, url + "/echo", body: body)))
            let expected = [1, 2, 3] + bytes[1000..<2_501_000] + [4] + bytes[..<10]
            #expect(echo.sha256 == Hexadecimal.encode(SHA256.hash(expected)))

            let received = folder.path.appending("received")
            let response = try await client.download(HTTPRequest(.get, url + "/bytes?count=1000001"), to: received)
            #expect(response.isSuccess)
            #expect(response.body.isEmpty)
            let contents = try folder.bytes("received")
            #expect(contents.count == 1_000_001)
            #expect(contents.enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0) })

            let missing = folder.path.appending("missing")
            #expect(try await client.download(HTTPRequest(.get, url + "/nowhere"), to: missing).text == "nothing here")
            for path in ["/short", "/bytes?count=1001"] {
                await #expect(throws: HTTPError.self) {
                    try await client.download(HTTPRequest(.get, url + path), to: missing, sizeLimit: 1000)
                }
            }
            #expect(!folder.contains("missing"))

            let shorter = HTTPBody.file(sent, offset: 0, count: 3_000_001)
            let error = await #expect(throws: HTTPError.self) {
                try await client.send(HTTPRequest(.put, url + "/echo", body: shorter))
            }
            #expect(error?.code == .fileSystem)
            #expect(error?.message.contains("became shorter") == true)
        }
    }

    @Test("answers many concurrent requests over reused connections")
    func concurrentRequests_reuseConnections() async throws {
        try await withServer { client, url in
            let ports = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let body = HTTPBody.bytes(repeatElement(UInt8(truncatingIfNeeded: number), count: number * 10))
                        let echo = try echo(try await client.send(HTTPRequest(.put, url + "/echo", body: body)))
                        #expect(echo.size == number * 10)
                        return echo.client
                    }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(ports.count <= 64)
        }
    }

    @Test("streams chunks as they arrive, and pauses the server while the reader is busy")
    func stream_pausesServerWhileReaderIsBusy() async throws {
        try await withServer { client, url in
            try await client.withResponse(to: HTTPRequest(.get, url + "/watch?endless=1")) { head, body in
                #expect(head.status == 200)
                let chunks = body.makeAsyncIterator()
                #expect(try await chunks.next().map { String(decoding: $0, as: UTF8.self) } == "first\n")
                _ = try await client.send(HTTPRequest(.get, url + "/open"))
                var count = 0
                while count < 4 << 20, let chunk = try await chunks.next() { count += chunk.count }

                // Without a reader the server can only fill the buffers.
                var before = -1
                let sent = try await eventually("the server is paused") {
                    try await Task.sleep(for: .milliseconds(200))
                    return Int(try await client.send(HTTPRequest(.get, url + "/count?of=sent")).text) ?? 0
                } until: { sent in
                    defer { before = sent }
                    return sent == before
                }
                #expect(sent < count + (32 << 20))
                while count < 24 << 20, let chunk = try await chunks.next() { count += chunk.count }
                #expect(count >= 24 << 20)
            }
        }
    }

    @Test("ends a stream with the response, and throws if the response is cut off")
    func stream_endsWithResponse() async throws {
        try await withServer { client, url in
            _ = try await client.send(HTTPRequest(.get, url + "/open"))
            let text = try await client.withResponse(to: HTTPRequest(.get, url + "/watch")) { _, body in
                try await body.reduce(into: [UInt8]()) { $0 += $1 }
            }
            #expect(String(decoding: text, as: UTF8.self) == "first\nsecond\n")
            let error = await #expect(throws: HTTPError.self) {
                try await client.withResponse(to: HTTPRequest(.get, url + "/short")) { _, body in
                    for try await _ in body {}
                }
            }
            #expect(error?.code == .closed)
        }
    }

    @Test("ends the transfer at once when the task is cancelled")
    func cancellation_endsTransfer() async throws {
        try await withServer { client, url in
            let task = Task { try await client.send(HTTPRequest(.get, url + "/silent")) }
            try await eventually("the server has the request") { try await count("silent", client, url) == "1" }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await eventually("the server sees the connection end") { try await count("left", client, url) == "1" }

            let before = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.send(HTTPRequest(.get, url + "/echo"))
            }
            await #expect(throws: CancellationError.self) { try await before.value }

            let stream = Task {
                try await client.withResponse(to: HTTPRequest(.get, url + "/watch")) { _, body in
                    for try await _ in body { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            await #expect(throws: CancellationError.self) { try await stream.value }
        }
    }

    @Test("reports each kind of failure with its host and reason, and without secrets")
    func failures_haveCodeAndHost() async throws {
        try await withServer { client, url in
            let authority = url.dropFirst("http://".count)
            var limits = HTTPRequest.TimeLimits()
            limits.overall = .milliseconds(100)
            let cases: [(String, HTTPError.Code)] = [
                ("http://127.0.0.1:1/echo", .connectionFailed), ("http://nowhere.invalid/", .hostNotFound),
                ("http://user:geheim@\(authority)/silent?key=geheim", .timeout), ("\(url)/reset?key=geheim", .closed),
                ("\(url)/garbage", .invalidResponse), ("\(url)/bytes?count=2000", .tooLarge),
                ("https://\(authority)/", .tls), ("ftp://\(authority)/", .invalidRequest),
                ("nonsense", .invalidRequest),
                ("http://a b/", .invalidRequest), ("http://[::1", .invalidRequest),
            ]
            for (url, code) in cases {
                var request = HTTPRequest(.get, url, headers: ["Authorization": "geheim"])
                if code == .timeout { request.limits = limits }
                let sent = request
                let error = await #expect(throws: HTTPError.self) { try await client.send(sent, bodyLimit: 1000) }
                #expect(error?.code == code, "\(url): \(error?.message ?? "")")
                #expect(error?.message.contains("geheim") == false, "\(error?.message ?? "")")
                #expect(error?.message.contains("GET") == true)
            }
            for name in ["", "X Y", "X:Y", "X\r\nY"] {
                await #expect(throws: HTTPError.self) {
                    try await client.send(HTTPRequest(.get, url + "/echo", headers: HTTPHeaders(name, "1")))
                }
            }
            await #expect(throws: HTTPError.self) {
                try await client.send(HTTPRequest(.get, url + "/echo", headers: ["X": "1\r\nY: 2"]))
            }
        }
    }

    @Test("limits the time without any byte, but not a slow transfer")
    func silence_timesOut() async throws {
        try await withServer { client, url in
            var request = HTTPRequest(.get, url + "/silent")
            request.limits.silence = .seconds(1)
            let silent = request
            let error = await #expect(throws: HTTPError.self) { try await client.send(silent) }
            #expect(error?.code == .timeout)
            request.url = url + "/late"
            try await client.withResponse(to: request) { _, body in
                var count = 0
                for try await chunk in body where count < 15 { count += chunk.count; if count >= 15 { break } }
                #expect(count >= 15)
            }
        }
    }
}

extension HTTPHeaders {
    fileprivate init(_ name: String, _ value: String) {
        self.init()
        add(name, value)
    }
}
