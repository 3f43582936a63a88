internal import HTTPClient

/// A large file, uploaded chunk after chunk; after a failure the service says how far it came. The object appears when
/// the last chunk has arrived, or not at all.
struct GoogleResumableUpload: Sendable {
    let storage: GoogleStorage
    let file: StoredFile
    let key: String

    /// Uploads the file.
    ///
    /// A session that the service does not know any more has run out, or has ended with an answer that was lost: the file is
    /// uploaded anew, which does no harm where it is there.
    func run() async throws {
        for _ in 0..<Self.sessions {
            let session = try await begin()
            let result = await uploaded(to: session)
            if case .failure = result {
                await BoundedTasks.shielded { _ = try? await storage.send(HTTPRequest(.delete, session)) }
            }
            if try result.get() { return }
        }
        throw ArtifactStoreError(.unavailable, "\(storage.name) forgot each upload of \(key) that it had begun.")
    }

    /// How many times an upload is begun.
    private static let sessions = 5

    /// How it went, as a value: on an `await` between catching an error and throwing it again, here, the optimizer of Swift
    /// 6.3 crashes. False where the service does not know the session any more.
    private func uploaded(to session: String) async -> Result<Bool, any Error> {
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
        try storage.check(response, to: "begin to store \(key)")
        guard let session = response.head.headers["Location"] else {
            throw ArtifactStoreError(.refused, "\(storage.name) began an upload without saying where it goes on.")
        }
        return session
    }

    /// Sends chunks until the service has them all, and gives its last answer.
    private func upload(to session: String) async throws -> HTTPResponse {
        var offset = 0
        while true {
            var isSure = true
            let before = offset
            var response = try await storage.retrying {
                if !isSure {
                    let status = try await storage.once(question(to: session))
                    guard status.status == Self.goOn else { return status }
                    offset = Self.next(after: status)
                }
                isSure = false
                return try await storage.once(chunk(from: offset, to: session))
            }
            if response.status == 400 {
                // The HTTP library repeats by itself what it sent on a connection that turns out to be closed. The service
                // passes over what it has; one that refuses it says how far it came.
                let status = try await storage.send(question(to: session))
                if status.status == Self.goOn, Self.next(after: status) > before { response = status }
            }
            guard response.status == Self.goOn else { return response }
            offset = Self.next(after: response)
            guard offset > before else {
                throw ArtifactStoreError(.unavailable, "\(storage.name) takes nothing more of \(key).")
            }
        }
    }

    /// How far did it come?
    private func question(to session: String) -> HTTPRequest {
        HTTPRequest(.put, session, headers: ["Content-Range": "bytes */\(file.size)"])
    }

    private func chunk(from offset: Int, to session: String) -> HTTPRequest {
        let count = min(storage.chunk, file.size - offset)
        return HTTPRequest(
            .put, session, headers: ["Content-Range": "bytes \(offset)-\(offset + count - 1)/\(file.size)"],
            body: .file(file.path, offset: offset, count: count))
    }

    /// The status that asks for more.
    private static let goOn = 308

    /// Where to go on, by `Range: bytes=0-N`, or nothing when the service has nothing.
    ///
    /// Chunks are whole multiples of 256 KiB, so that is what it has. A server that stands for the service in tests says
    /// `bytes=0-0` when it has nothing, and the service passes over what is sent to it again.
    private static func next(after response: HTTPResponse) -> Int {
        let last = response.head.headers["Range"]?.split(separator: "-").last
        let count = last.flatMap { Int($0) }.map { $0 + 1 } ?? 0
        return count - count % (256 << 10)
    }
}
