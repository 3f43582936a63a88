internal import Glibc
internal import LocalStack
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite("The data folder")
struct DataFolderTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    @Test("it is created with all its parts, and opened again unchanged")
    func missingFolder_isCreated() throws {
        let folder = try DataFolder(temporary.path.appending("deep/er"))
        #expect(folder.root.isAbsolute)
        for part in [folder.redis, folder.mariadb, folder.artifacts, folder.runs, folder.logs] {
            #expect(access(part.string, W_OK) == 0, "\(part)")
        }
        #expect(try DataFolder(temporary.path.appending("deep/er")).root == folder.root)
        #expect(folder.log(of: "worker-1") == folder.logs.appending("worker-1.log"))
    }

    @Test("a symbolic link and its target are the same folder")
    func symbolicLink_isResolved() throws {
        let folder = try DataFolder(temporary.path.appending("real"))
        try #require(symlink(folder.root.string, temporary.path.appending("link").string) == 0)
        #expect(try DataFolder(temporary.path.appending("link")).root == folder.root)
    }

    @Test("a file in place of a parent folder is an error")
    func fileAsParent_isRefused() throws {
        let file = try temporary.write("", to: "file")
        let error = #expect(throws: DataFolderError.self) { try DataFolder(file.appending("data")) }
        #expect(error?.code == .notUsable)
    }

    @Test("it has one owner at a time; a second claim is refused with the owner's process ID")
    func secondClaim_isRefused() throws {
        let folder = try DataFolder(temporary.path)
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

    @Test("sockets are inside the folder if their paths are short enough, else in a private folder under /tmp")
    func longPath_movesSockets() throws {
        #expect(SocketFolder.path(for: "/data/redis") == "/data/redis/sockets")
        let deep = temporary.path.appending(String(repeating: "d", count: 90))
        let short = try SocketFolder.create(for: deep)
        defer { rmdir(short.string) }
        #expect(short.string.hasPrefix("/tmp/atmos-"))
        #expect(short.string.utf8.count + 1 + SocketFolder.maxNameBytes <= SocketFolder.maxPathBytes)
        #expect(try SocketFolder.create(for: deep) == short)
        #expect(SocketFolder.path(for: deep.appending("er")) != short)
    }

    @Test("a socket folder that other users may enter is refused")
    func openSocketFolder_isRefused() throws {
        let folder = temporary.path.appending("server")
        try #require(mkdir(folder.string, 0o755) == 0)
        let sockets = SocketFolder.path(for: folder)
        try #require(mkdir(sockets.string, 0o755) == 0)
        let error = #expect(throws: DataFolderError.self) { try SocketFolder.create(for: folder) }
        #expect(error?.code == .notPrivate)
    }
}
