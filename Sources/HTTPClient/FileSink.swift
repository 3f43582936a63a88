internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Writes the body of a successful response into a new file; collects that of any other.
final class FileSink: ResponseSink {
    private struct State {
        var file: FileDescriptor?
        var count = 0
    }

    private let collected: CollectingSink
    private let name: String
    private let path: FilePath
    private let limit: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: a file that is not there yet; what there is of it is removed when the response does not come whole.
    ///   - limit: how many bytes it may be.
    init(name: String, path: FilePath, limit: Int) {
        collected = CollectingSink(name: name, limit: 1 << 20)
        self.name = name
        self.path = path
        self.limit = limit
    }

    var response: OneShot<HTTPResponse> { collected.response }

    func begin(_ head: HTTPResponseHead) throws(HTTPError) {
        collected.begin(head)
        guard head.isSuccess else { return }
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            state.withLock { $0.file = file }
        } catch {
            throw HTTPError(.fileSystem, "\(name): the response cannot be put into \(path): \(error).")
        }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Bool {
        let (file, count) = state.withLock { state in
            state.count += bytes.count
            return (state.file, state.count)
        }
        guard let file else { return try collected.receive(bytes) }
        guard count <= limit else {
            throw HTTPError(.tooLarge, "\(name) was answered by more than the \(limit) bytes that were expected.")
        }
        do {
            try file.writeAll(bytes)
        } catch {
            throw HTTPError(.fileSystem, "\(name): the response could not be written to \(path): \(error).")
        }
        return true
    }

    func end(_ result: Result<Void, any Error>) {
        let file = state.withLock { state in
            defer { state.file = nil }
            return state.file
        }
        do {
            try file?.close()
            try result.get()
            collected.end(.success(()))
        } catch {
            if file != nil { unlink(path.string) }
            collected.end(.failure(error))
        }
    }
}
