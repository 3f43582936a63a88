internal import FoundationEssentials
internal import HTTPClient
internal import Support
internal import Synchronization

/// A large file, uploaded in parts, several at a time. It appears when the last step is done, or not at all.
struct S3MultipartUpload: Sendable {
    /// How many parts are on their way at a time.
    static let concurrency = 4
    /// The most parts that S3 takes.
    static let mostParts = 10_000

    let storage: S3Storage
    let file: StoredFile
    let key: String

    private struct Part: Sendable {
        let number: Int
        let offset: Int
        let count: Int
    }

    private struct Done: Sendable {
        let number: Int
        let tag: String
        let sha256: String
    }

    /// Uploads the file. After an error no part of it is left, unless the store cannot be told so.
    func run() async throws {
        let id = try await begin()
        do {
            let done = try await uploadParts(id)
            try await complete(id, done)
        } catch {
            await BoundedTasks.shielded {
                _ = try? await storage.send(
                    S3Request(method: .delete, key: key, query: [("uploadId", id)], deed: "give up \(key)"))
            }
            throw error
        }
    }

    private func begin() async throws -> String {
        let response = try await storage.expectSuccess(
            S3Request(
                method: .post, key: key, query: [("uploads", "")], headers: ["x-amz-checksum-algorithm": "SHA256"],
                deed: "begin to store \(key)"))
        guard let id = XMLElement(response.body)?["UploadId"]?.text, !id.isEmpty else {
            throw ArtifactStoreError(.refused, "\(storage.name) began a multipart upload without saying which.")
        }
        return id
    }

    private func uploadParts(_ id: String) async throws -> [Done] {
        let size = max(storage.sizes.part, (file.size + Self.mostParts - 1) / Self.mostParts)
        let parts = stride(from: 0, to: file.size, by: size).enumerated().map { index, offset in
            Part(number: index + 1, offset: offset, count: min(size, file.size - offset))
        }
        let done = Mutex<[Done]>([])
        try await BoundedTasks.forEach(parts, limit: Self.concurrency) { part in
            let result = try await upload(part, id)
            done.withLock { $0.append(result) }
        }
        return done.withLock { $0.sorted { $0.number < $1.number } }
    }

    private func upload(_ part: Part, _ id: String) async throws -> Done {
        let work = BlockingWork(label: "atmos.artifacts.part")
        let digest = try await work.run {
            try FileChunks.sha256(of: file.path, offset: part.offset, count: part.count)
        }
        let response = try await storage.expectSuccess(
            S3Request(
                method: .put, key: key, query: [("partNumber", String(part.number)), ("uploadId", id)],
                headers: storage.checksum(digest),
                body: .file(file.path, offset: part.offset, count: part.count), bodySHA256: digest,
                deed: "store part \(part.number) of \(key)"))
        guard let tag = response.head.headers["ETag"] else {
            throw ArtifactStoreError(.refused, "\(storage.name) took part \(part.number) of \(key) without an ETag.")
        }
        return Done(number: part.number, tag: tag, sha256: Data(digest).base64EncodedString())
    }

    private func complete(_ id: String, _ parts: [Done]) async throws {
        let list = parts.map { part in
            "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(XMLElement.encode(part.tag))</ETag>"
                + "<ChecksumSHA256>\(part.sha256)</ChecksumSHA256></Part>"
        }
        let body = Array("<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>".utf8)
        let request = S3Request(
            method: .post, key: key, query: [("uploadId", id)], headers: ["Content-Type": "application/xml"],
            body: .bytes(body), bodySHA256: SHA256.hash(body), deed: "complete \(key)")
        let response = try await storage.send(request)
        // An earlier try may have done it, and its answer have been lost.
        if response.status == 404, S3Problem(response)?.code == "NoSuchUpload", try await isThere() { return }
        try storage.check(response, of: request)
    }

    private func isThere() async throws -> Bool {
        let response = try await storage.send(S3Request(method: .head, key: key, deed: "look at \(key)"))
        return response.isSuccess && response.head.headers["Content-Length"] == String(file.size)
    }
}
