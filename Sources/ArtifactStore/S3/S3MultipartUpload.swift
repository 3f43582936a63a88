internal import FoundationEssentials
internal import HTTPClient
internal import Support
internal import Synchronization

/// Uploads a large file in concurrent parts. The object becomes visible with the last step or not at all.
struct S3MultipartUpload: Sendable {
    /// The number of concurrent parts.
    static let concurrency = 4
    /// The maximum number of parts in S3.
    static let maxParts = 10_000

    let storage: S3Storage
    let file: ArtifactFile
    let key: String

    private struct Part: Sendable {
        let number: Int
        let offset: Int
        let count: Int
    }

    private struct UploadedPart: Sendable {
        let number: Int
        let tag: String
        let sha256: String
    }

    /// Uploads the file. After an error the parts are removed if the store can be reached.
    func run() async throws {
        let id = try await begin()
        do {
            try await complete(id, uploadParts(id))
        } catch {
            await BoundedTasks.shielded {
                _ = try? await storage.send(
                    S3Request(
                        method: .delete, key: key, query: [("uploadId", id)], action: "abort the upload of \(key)"))
            }
            throw error
        }
    }

    private func begin() async throws -> String {
        let response = try await storage.expectSuccess(
            S3Request(
                method: .post, key: key, query: [("uploads", "")], headers: ["x-amz-checksum-algorithm": "SHA256"],
                action: "start to store \(key)"))
        guard let id = XMLElement(response.body)?["UploadId"]?.text, !id.isEmpty else {
            throw ArtifactStoreError(.refused, "\(storage.name) started a multipart upload without returning its ID")
        }
        return id
    }

    private func uploadParts(_ id: String) async throws -> [UploadedPart] {
        let size = max(storage.sizes.part, (file.size + Self.maxParts - 1) / Self.maxParts)
        let parts = stride(from: 0, to: file.size, by: size).enumerated().map { index, offset in
            Part(number: index + 1, offset: offset, count: min(size, file.size - offset))
        }
        let uploaded = Mutex<[UploadedPart]>([])
        try await BoundedTasks.forEach(parts, limit: Self.concurrency) { part in
            let result = try await upload(part, id)
            uploaded.withLock { $0.append(result) }
        }
        return uploaded.withLock { $0.sorted { $0.number < $1.number } }
    }

    private func upload(_ part: Part, _ id: String) async throws -> UploadedPart {
        let executor = BlockingExecutor(label: "atmos.artifacts.part")
        let digest = try await executor.run {
            try FileChunks.sha256(of: file.path, offset: part.offset, count: part.count)
        }
        let response = try await storage.expectSuccess(
            S3Request(
                method: .put, key: key, query: [("partNumber", String(part.number)), ("uploadId", id)],
                headers: storage.checksum(digest),
                body: .file(file.path, offset: part.offset, count: part.count), bodySHA256: digest,
                action: "store part \(part.number) of \(key)"))
        guard let tag = response.head.headers["ETag"] else {
            throw ArtifactStoreError(
                .refused, "\(storage.name) stored part \(part.number) of \(key) without returning an ETag")
        }
        return UploadedPart(number: part.number, tag: tag, sha256: Data(digest).base64EncodedString())
    }

    private func complete(_ id: String, _ parts: [UploadedPart]) async throws {
        let list = parts.map { part in
            "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(XMLElement.encode(part.tag))</ETag>"
                + "<ChecksumSHA256>\(part.sha256)</ChecksumSHA256></Part>"
        }
        let body = Array("<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>".utf8)
        let request = S3Request(
            method: .post, key: key, query: [("uploadId", id)], headers: ["Content-Type": "application/xml"],
            body: .bytes(body), bodySHA256: SHA256.hash(body), action: "complete \(key)")
        let response = try await storage.send(request)
        // An earlier attempt may have succeeded although its response was lost.
        if response.status == 404, S3ErrorResponse(response)?.code == "NoSuchUpload", try await isComplete() { return }
        try storage.check(response, of: request)
    }

    private func isComplete() async throws -> Bool {
        let response = try await storage.send(S3Request(method: .head, key: key, action: "read \(key)"))
        return response.isSuccess && response.head.headers["Content-Length"] == String(file.size)
    }
}
