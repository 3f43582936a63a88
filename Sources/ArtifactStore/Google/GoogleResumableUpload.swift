internal import HTTPClient

/// Uploads a large file in chunks; after a failure the service reports how much it has. The object becomes visible with
/// the last chunk or not at all.
struct GoogleResumableUpload: Sendable {
    let storage: GoogleStorage
    let file: ArtifactFile
    let key: String

    /// Uploads the file.
    ///
    /// If the service no longer knows a session, it has expired, or it was completed and the response was lost. The
    /// file is then uploaded again, which is harmless if it exists.
    func run() async throws {
        for _ in 0..<Self.maxSessions {
            let session = try await begin()
            let result = await result(of: session)
            if case .failure = result {
                await BoundedTasks.shielded { _ = try? await storage.send(HTTPRequest(.delete, session)) }
            }
            if try result.get() { return }
        }
        throw ArtifactStoreError(.unavailable, "\(storage.name) lost every upload session of \(key)")
    }

    /// The maximum number of sessions for one upload.
    private static let maxSessions = 5

    /// Uploads the file in a session. False if the service no longer knows the session.
    ///
    /// Returns the error as a value, because Swift 6.3's optimizer crashes on an `await` between catching and
    /// rethrowing it.
    private func result(of session: String) async -> Result<Bool, any Error> {
        do {
            let response = try await upload(to: session)
            if [404, 410].contains(response.status) { return .success(false) }
            try storage.check(response, to: "store \(key)")
            try storage.verify(response, of: key, size: file.size, crc32c: file.crc32c)
            return .success(true)
        } catch {
            return .failure(error)
        }
    }

    private func begin() async throws -> String {
        let response = try await storage.send(
            HTTPRequest(
                .post, storage.uploadURL("resumable", [("name", key)]),
                headers: [
                    "Content-Type": "application/json; charset=UTF-8",
                    "X-Upload-Content-Type": "application/octet-stream", "X-Upload-Content-Length": String(file.size),
                ], body: .bytes(try GoogleObject.Description(name: key, crc32c: file.crc32c).bytes)))
        try storage.check(response, to: "start to store \(key)")
        guard let session = response.head.headers["Location"] else {
            throw ArtifactStoreError(.refused, "\(storage.name) started an upload without returning its URL")
        }
        return session
    }

    /// Sends chunks until the service has them all; returns its last response.
    private func upload(to session: String) async throws -> HTTPResponse {
        var offset = 0
        while true {
            var isOffsetKnown = true
            let before = offset
            var response = try await storage.retrying {
                if !isOffsetKnown {
                    let status = try await storage.once(statusRequest(to: session))
                    guard status.status == Self.incomplete else { return status }
                    offset = Self.next(after: status)
                }
                isOffsetKnown = false
                return try await storage.once(chunk(from: offset, to: session))
            }
            if response.status == 400 {
                // libcurl resends by itself a request whose reused connection turned out to be closed. The service
                // skips bytes that it already has; a server that refuses them reports its offset.
                let status = try await storage.send(statusRequest(to: session))
                if status.status == Self.incomplete, Self.next(after: status) > before { response = status }
            }
            guard response.status == Self.incomplete else { return response }
            offset = Self.next(after: response)
            guard offset > before else {
                throw ArtifactStoreError(.unavailable, "\(storage.name) accepts no further data of \(key)")
            }
        }
    }

    /// Asks for the number of bytes that the service has.
    private func statusRequest(to session: String) -> HTTPRequest {
        HTTPRequest(.put, session, headers: ["Content-Range": "bytes */\(file.size)"])
    }

    private func chunk(from offset: Int, to session: String) -> HTTPRequest {
        let count = min(storage.chunk, file.size - offset)
        return HTTPRequest(
            .put, session, headers: ["Content-Range": "bytes \(offset)-\(offset + count - 1)/\(file.size)"],
            body: .file(file.path, offset: offset, count: count))
    }

    /// The status of an incomplete upload.
    private static let incomplete = 308

    /// The offset of the next chunk according to `Range: bytes=0-N`, a header that is missing at offset 0.
    ///
    /// Rounded down to a multiple of 256 KiB, the unit of chunks: the emulator in the tests sends `bytes=0-0` at offset
    /// 0, and the service skips bytes that it already has.
    private static func next(after response: HTTPResponse) -> Int {
        let last = response.head.headers["Range"]?.split(separator: "-").last
        let count = last.flatMap { Int($0) }.map { $0 + 1 } ?? 0
        return count - count % (256 << 10)
    }
}
