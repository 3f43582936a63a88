internal import Glibc
internal import LocalStack
internal import Subprocess
internal import Support
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite("The supervisor", .timeLimit(.minutes(1)))
struct SupervisorTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private func shell(_ name: String, _ script: String, stopOrder: Int = 0, grace: Duration = .seconds(10))
        -> ChildProcess
    {
        ChildProcess(
            name: name, executable: "/bin/sh", arguments: ["-c", script], environment: ["GREETING": "hello"],
            log: temporary.path.appending("\(name).log"), stopOrder: stopOrder, grace: grace)
    }

    /// A script that reports through `pipe` that it runs, and never ends.
    private func endless(_ prologue: String = "", pipe: FilePath) -> String {
        "\(prologue) echo ready > \(pipe); while :; do sleep 0.02; done"
    }

    @Test("a killed child is restarted and its end reported")
    func killedChild_isRestarted() async throws {
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
            case .finished: Issue.record("a child that never ends has finished")
            }
        }
        try await run.value
        #expect(failures == [.signaled(SIGKILL), .signaled(SIGKILL)])
        #expect(Set(processes).count == 3)
        for process in processes { #expect(kill(process, 0) == -1, "\(process)") }
    }

    @Test("run() returns when every child has finished; their logs stay")
    func allFinished_returns() async throws {
        let supervisor = Supervisor(children: [
            shell("one", "echo $GREETING; echo error >&2; sed 's/.*) //' /proc/$$/stat | cut -d' ' -f4; echo $$"),
            shell("two", "exit 0"),
        ])
        try await supervisor.run()
        var finished: Set<String> = []
        for await case .finished(let name, .exited(0)) in supervisor.events { finished.insert(name) }
        #expect(finished == ["one", "two"])
        let log = try await contents(of: temporary.path.appending("one.log")).split(separator: "\n")
        try #require(log.count == 4)
        #expect(log[..<2] == ["hello", "error"])
        #expect(log[2] == log[3], "a separate session, so that no Ctrl-C reaches the child")
    }

    @Test("a fatal exit status ends all children, and the error says why")
    func fatalStatus_endsAll() async throws {
        let pipe = try temporary.makePipe("pipe")
        let supervisor = Supervisor(children: [
            shell("other", endless(pipe: pipe), stopOrder: 1),
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

    @Test("a missing program is named in the error")
    func missingProgram_isNamed() async throws {
        let child = ChildProcess(
            name: "worker", executable: "/nowhere/atmos-worker", log: temporary.path.appending("worker.log"))
        let error = await #expect(throws: SupervisorError.self) { try await Supervisor(children: [child]).run() }
        #expect(error?.code == .fatalStatus(.exited(127)))
        #expect(error.map { "\($0)".contains("/nowhere/atmos-worker") } == true)
    }

    @Test("a child whose log cannot be opened is named in the error")
    func unwritableLog_isAnError() async throws {
        let child = ChildProcess(
            name: "worker", executable: "/bin/true", log: temporary.path.appending("none/worker.log"))
        let error = await #expect(throws: SupervisorError.self) { try await Supervisor(children: [child]).run() }
        #expect(error?.child == "worker")
        guard case .cannotStart = error?.code else { throw try #require(error) }
    }

    @Test("children are stopped in their order, each after the previous one has ended")
    func cancelled_stopsInOrder() async throws {
        let names = ["worker", "client", "server"]
        var pipes: [FilePath] = []
        var children: [ChildProcess] = []
        for (order, name) in names.enumerated() {
            pipes.append(try temporary.makePipe(name))
            let linger = "trap 'sleep 0.\(3 - order); exit 0' TERM;"
            children.append(shell(name, endless(linger, pipe: pipes[order]), stopOrder: order))
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

    @Test("a child that ignores SIGTERM is killed after its grace")
    func ignoredTermination_isKilled() async throws {
        let pipe = try temporary.makePipe("pipe")
        let child = shell("stubborn", endless("trap '' TERM;", pipe: pipe), grace: .milliseconds(100))
        let supervisor = Supervisor(children: [child])
        let run = Task { try await supervisor.run() }
        #expect(try await contents(of: pipe) == "ready\n")
        run.cancel()
        try await run.value
        var last: SupervisorEvent?
        for await event in supervisor.events { last = event }
        #expect(last == .stopped(name: "stubborn", status: .signaled(SIGKILL)))
    }

    @Test("no child survives when this process is killed")
    func killedSupervisor_leavesNoChild() async throws {
        // The process of the exit test finds the pipe by its parent's process ID.
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
        // The pipe ends when the child, its only writer, has ended.
        #expect(try await written == "ready\n")
    }

    @Test("the wait before a restart grows after every short life, up to a limit, and starts again after a long one")
    func wait_growsAfterShortLives() {
        var restarts = Backoff.Counter(Supervisor.defaultBackoff)
        let waits = (0..<8).map { _ in Supervisor.wait(afterLifeOf: .seconds(1), &restarts) }
        #expect(waits == [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].map { .milliseconds($0) })
        #expect(Supervisor.wait(afterLifeOf: .seconds(10), &restarts) == .milliseconds(100))
    }
}

/// The text that is written to a pipe or file until the last writer has closed it.
private func contents(of path: FilePath) async throws -> String {
    let result = try await Subprocess.run(
        .name("cat"), arguments: [path.string], output: .string(limit: 1 << 20), error: .discarded)
    return result.standardOutput
}
