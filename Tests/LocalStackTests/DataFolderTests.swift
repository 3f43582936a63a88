internal import Glibc
internal import LocalStack
internal import SystemPackage
internal import Testing

@Suite("The data folder")
struct DataFolderTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    @Test("is created with everything in it, and opened again as it is")
    func created() throws {
        let folder = try DataFolder(scratch.path.appending("deep/er"))
        #expect(folder.root.isAbsolute)
        for part in [folder.redis, folder.mariadb, folder.artifacts, folder.runs, folder.logs] {
            #expect(access(part.string, W_OK) == 0, "\(part)")
        }
        #expect(try DataFolder(scratch.path.appending("deep/er")).root == folder.root)
        #expect(folder.log(of: "worker-1") == folder.logs.appending("worker-1.log"))
    }

    @Test("is one folder by whichever link it is reached")
    func links() throws {
        let folder = try DataFolder(scratch.path.appending("real"))
        try #require(symlink(folder.root.string, scratch.path.appending("link").string) == 0)
        #expect(try DataFolder(scratch.path.appending("link")).root == folder.root)
    }

    @Test("cannot be made where a file is in the way")
    func inTheWay() throws {
        let file = scratch.path.appending("file")
        try FileDescriptor.open(file, .writeOnly, options: .create, permissions: .ownerReadWrite).close()
        let error = #expect(throws: DataFolderError.self) { try DataFolder(file.appending("data")) }
        #expect(error?.code == .notUsable)
    }

    @Test("belongs to one owner at a time, whose process id the next one is told")
    func locked() throws {
        let folder = try DataFolder(scratch.path)
        let lock = try folder.tryLock()
        let error = #expect(throws: DataFolderError.self) { try folder.tryLock() }
        #expect(error?.code == .inUse(processID: getpid()))
        #expect(error.map { "\($0)".contains("in use by process \(getpid())") } == true)
        lock.unlock()
        let next = try folder.tryLock()
        lock.unlock()
        #expect(throws: DataFolderError.self) { try folder.tryLock() }
        next.unlock()
    }

    @Test("keeps sockets beside it while their paths fit, else in a short private folder")
    func sockets() throws {
        #expect(SocketFolder.path(for: "/data/redis") == "/data/redis/sockets")
        let deep = scratch.path.appending(String(repeating: "d", count: 90))
        let short = try SocketFolder.create(for: deep)
        defer { rmdir(short.string) }
        #expect(short.string.hasPrefix("/tmp/atmos-"))
        #expect(short.string.utf8.count + 1 + SocketFolder.longestName <= SocketFolder.longestPath)
        #expect(try SocketFolder.create(for: deep) == short)
        #expect(SocketFolder.path(for: deep.appending("er")) != short)
    }

    @Test("refuses a socket folder that others may enter")
    func openSockets() throws {
        let folder = scratch.path.appending("server")
        try #require(mkdir(folder.string, 0o755) == 0)
        let sockets = SocketFolder.path(for: folder)
        try #require(mkdir(sockets.string, 0o755) == 0)
        let error = #expect(throws: DataFolderError.self) { try SocketFolder.create(for: folder) }
        #expect(error?.code == .notPrivate)
    }
}
