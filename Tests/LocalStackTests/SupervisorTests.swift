internal import Glibc
internal import LocalStack
internal import SystemPackage
internal import Testing

@Suite("The supervisor", .timeLimit(.minutes(1)))
struct SupervisorTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func shell(_ name: String, _ script: String, stopOrder: Int = 0, grace: Duration = .seconds(10))
        -> ChildProcess
    {
        ChildProcess(
            name: name, executable: "/bin/sh", arguments: ["-c", script], environment: ["GREETING": "hello"],
            log: scratch.path.appending("\(name).log"), stopOrder: stopOrder, grace: grace)
    }

    /// A child that says through `pipe` that it runs, and stays.
    private func staying(_ prologue: String = "", pipe: FilePath) -> String {
        "\(prologue) echo ready > \(pipe); while :; do sleep 0.02; done"
    }

    @Test("starts a killed child again and reports its end")
    func restart() async throws {
        let supervisor = Supervisor(children: [shell("worker", "echo alive; while :; do sleep 0.02; done")])
        let run = Task { try await supervisor.run() }
        var processes: [Int32] = []
        var failures: [ChildStatus] = []
        for await event in supervisor.events {
            switch event {
            case .started(_, let process):
                processes.append(process)
                if processes.count < 3 { kill(process, SIGKILL) } else { run.cancel() }
            case .failed(let name, let status, _, let wait):
                #expect(name == "worker")
                #expect(wait == .milliseconds(100 * (1 << failures.count)))
                failures.append(status)
            case .stopped(_, let status): #expect(status == .signaled(SIGTERM))
            case .finished: Issue.record("it never finishes")
            }
        }
        try await run.value
        #expect(failures == [.signaled(SIGKILL), .signaled(SIGKILL)])
        #expect(Set(processes).count == 3)
        #expect(processes.allSatisfy { kill($0, 0) == -1 })
    }

    @Test("returns when every child has finished, and keeps what they wrote")
    func finished() async throws {
        let supervisor = Supervisor(children: [
            shell("one", "echo $GREETING; echo error >&2; sed 's/.*) //' /proc/$$/stat | cut -d' ' -f4; echo $$"),
            shell("two", "exit 0"),
        ])
        try await supervisor.run()
        var finished: Set<String> = []
        for await case .finished(let name, .exited(0)) in supervisor.events { finished.insert(name) }
        #expect(finished == ["one", "two"])
        let log = try await contents(of: scratch.path.appending("one.log")).split(separator: "\n")
        try #require(log.count == 4)
        #expect(log[..<2] == ["hello", "error"])
        #expect(log[2] == log[3], "a session of its own, so that no Ctrl-C of ours reaches it")
    }

    @Test("ends everything when a child cannot go on, and says why")
    func fatal() async throws {
        let pipe = try scratch.pipe("pipe")
        let supervisor = Supervisor(children: [
            shell("other", staying(pipe: pipe), stopOrder: 1),
            shell("master", "cat \(pipe) > /dev/null; echo 'no such exploration: mars' >&2; exit 78"),
        ])
        let error = await #expect(throws: SupervisorError.self) { try await supervisor.run() }
        #expect(error?.child == "master")
        #expect(error?.code == .fatalStatus(.exited(78)))
        #expect(error?.logTail == ["no such exploration: mars"])
        var last: SupervisorEvent?
        for await event in supervisor.events { last = event }
        #expect(last == .stopped(name: "other", status: .signaled(SIGTERM)))
    }

    @Test("names a program that is not there")
    func missing() async throws {
        let child = ChildProcess(
            name: "worker", executable: "/nowhere/atmos-worker", log: scratch.path.appending("worker.log"))
        let error = await #expect(throws: SupervisorError.self) { try await Supervisor(children: [child]).run() }
        #expect(error?.code == .fatalStatus(.exited(127)))
        #expect(error.map { "\($0)".contains("/nowhere/atmos-worker") } == true)
    }

    @Test("names a child whose log cannot be written")
    func noLog() async throws {
        let child = ChildProcess(
            name: "worker", executable: "/bin/true", log: scratch.path.appending("none/worker.log"))
        let error = await #expect(throws: SupervisorError.self) { try await Supervisor(children: [child]).run() }
        guard case .cannotStart = error?.code else { throw try #require(error) }
    }

    @Test("stops the children in their order, each only when the one before is gone")
    func order() async throws {
        let names = ["worker", "client", "server"]
        var pipes: [FilePath] = []
        var children: [ChildProcess] = []
        for (order, name) in names.enumerated() {
            pipes.append(try scratch.pipe(name))
            let linger = "trap 'sleep 0.\(3 - order); exit 0' TERM;"
            children.append(shell(name, staying(linger, pipe: pipes[order]), stopOrder: order))
        }
        let supervisor = Supervisor(children: children.reversed())
        let run = Task { try await supervisor.run() }
        for pipe in pipes { #expect(try await contents(of: pipe) == "ready\n") }
        run.cancel()
        try await run.value
        var stopped: [String] = []
        for await event in supervisor.events {
            if case .stopped(let name, .exited(0)) = event { stopped.append(name) }
        }
        #expect(stopped == names)
    }

    @Test("kills a child that ignores the request to end")
    func stubborn() async throws {
        let pipe = try scratch.pipe("pipe")
        let child = shell("stubborn", staying("trap '' TERM;", pipe: pipe), grace: .milliseconds(100))
        let supervisor = Supervisor(children: [child])
        let run = Task { try await supervisor.run() }
        #expect(try await contents(of: pipe) == "ready\n")
        run.cancel()
        try await run.value
        var last: SupervisorEvent?
        for await event in supervisor.events { last = event }
        #expect(last == .stopped(name: "stubborn", status: .signaled(SIGKILL)))
    }

    @Test("leaves no child behind when this process is killed")
    func orphans() async throws {
        // The process in which the exit test runs finds the pipe by its parent's id.
        let pipe = FilePath("/tmp/localstack-\(getpid()).pipe")
        try #require(mkfifo(pipe.string, 0o600) == 0)
        defer { unlink(pipe.string) }
        async let written = contents(of: pipe)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let pipe = "/tmp/localstack-\(getppid()).pipe"
            let child = ChildProcess(
                name: "orphan", executable: "/bin/sh",
                arguments: ["-c", "exec 9> \(pipe); echo ready >&9; kill -9 $PPID; while :; do sleep 0.02; done"],
                log: "/dev/null")
            try await Supervisor(children: [child]).run()
        }
        // The pipe ends when the child, its only writer, is gone.
        #expect(try await written == "ready\n")
    }

    @Test("waits longer after every quick end, up to a limit, and forgets after a long life")
    func policy() {
        let policy = RestartPolicy()
        var waits: [Duration] = []
        for _ in 0..<8 { waits.append(policy.delay(afterLifeOf: .seconds(1), previous: waits.last)) }
        #expect(waits == [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].map { .milliseconds($0) })
        #expect(policy.delay(afterLifeOf: .seconds(10), previous: waits.last) == .milliseconds(100))
    }
}
