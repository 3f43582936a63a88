import Glibc
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// No process is left after any end of a run.
@Suite("Processes after a run")
struct OrphanTests {
    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    private static let longLimits = RunLimits(wallTime: .seconds(600), grace: .milliseconds(200))

    /// Starts a model, waits until it has written the file `ready`, cancels it, and returns its error.
    private func cancelled(
        _ script: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (any Error)? {
        let model = try fixture.model(script)
        let directory = try fixture.runDirectory()
        let run = Task {
            try await model.run(ModelFixture.point, limits: Self.longLimits, parent: nil, directory: directory)
        }
        _ = try await fixture.process("ready", of: run, sourceLocation: sourceLocation)
        run.cancel()
        if case .failure(let error) = await run.result { return error }
        return nil
    }

    @Test("cancelling a run ends the model")
    func cancelledRun_endsModel() async throws {
        let error = try await cancelled("echo $$ > $FOLDER/ready; exec sleep 1000")
        #expect(error is CancellationError)
        #expect(try await !runs(group: fixture.process("ready")))
    }

    @Test("cancelling ends descendants that ignore SIGTERM")
    func cancelledRun_killsDescendants() async throws {
        let error = try await cancelled(
            """
            trap '' TERM
            (sleep 1000 & echo $! > $FOLDER/grandchild; wait) &
            echo $! > $FOLDER/child
            while ! test -s $FOLDER/grandchild; do sleep 0.01; done
            echo $$ > $FOLDER/ready
            wait
            """)
        #expect(error is CancellationError)
        for name in ["child", "grandchild"] { #expect(try await !runs(fixture.process(name)), "\(name)") }
        #expect(try await !runs(group: fixture.process("ready")))
    }

    @Test("a child that outlives its parent is ended, too")
    func survivingChild_isEnded() async throws {
        let error = try await cancelled(
            """
            (trap '' TERM; echo $$ > $FOLDER/group; while :; do sleep 1000; done) &
            echo $! > $FOLDER/child
            trap 'exit 0' TERM
            while ! test -s $FOLDER/group; do sleep 0.01; done
            echo $$ > $FOLDER/ready
            wait
            """)
        #expect(error is CancellationError)
        #expect(try await !runs(fixture.process("child")))
        #expect(try await !runs(group: fixture.process("ready")))
    }

    @Test("processes that a successful model leaves are ended, in any process group")
    func leftovers_areEnded() async throws {
        let script = """
            sleep 1000 & echo $! > $FOLDER/same
            perl -e 'setpgrp(0, 0); open(F, ">", "$ENV{FOLDER}/other"); print F "$$\\n"; close F; exec "sleep", "1000"' &
            while ! test -s $FOLDER/other; do sleep 0.01; done
            \(ModelFixture.writeResult)
            """
        #expect(try await fixture.outcome(script).get().verdict == .stable)
        #expect(try await !runs(fixture.process("same")))
        #expect(try await !runs(fixture.process("other")))
    }

    @Test("a daemon of a model, in a separate session, is ended, too")
    func daemon_isEnded() async throws {
        let script = """
            setsid sh -c 'echo $$ > $FOLDER/daemon; exec sleep 1000' &
            while ! test -s $FOLDER/daemon; do sleep 0.01; done
            \(ModelFixture.writeResult)
            """
        #expect(try await fixture.outcome(script).get().verdict == .stable)
        #expect(try await !runs(fixture.process("daemon")))
    }

    @Test("after the end of a supervisor its model ends, its run fails, and the next run gets another supervisor")
    func killedSupervisor_isReplaced() async throws {
        let script =
            "(sleep 1000 & echo $! > $FOLDER/child; wait) & while ! test -s $FOLDER/child; do sleep 0.01; done; "
        let failure = try await fixture.outcome(script + "kill -9 $PPID; sleep 1000").failure
        #expect(failure?.kind == .lost)
        let child = try await fixture.process("child")
        try await eventually("the child has ended") { !runs(child) }
        let idle = try await fixture.outcome("(sleep 0.01; kill -9 $PPID) & \(ModelFixture.writeResult)")
        #expect(idle.failure == nil || idle.failure?.kind == .lost)
        #expect(try await fixture.outcome(ModelFixture.writeResult).get().verdict == .stable)
    }

    @Test("a cancelled task does not start a model")
    func cancelledTask_startsNothing() async throws {
        let model = try fixture.model("echo $$ > $FOLDER/ready")
        let directory = try fixture.runDirectory()
        let run = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await model.run(ModelFixture.point, limits: Self.longLimits, parent: nil, directory: directory)
        }
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(SmallFile.status(of: fixture.folder.appending("ready")) == nil)
    }

    @Test("a run that is cancelled at any moment of its start leaves no process")
    func cancelledStart_leavesNothing() async throws {
        let model = try fixture.model("sleep 1000 & sleep 1000")
        for delay in 0..<12 {
            let directory = try fixture.runDirectory()
            let run = Task {
                try await model.run(ModelFixture.point, limits: Self.longLimits, parent: nil, directory: directory)
            }
            try await Task.sleep(for: .microseconds(delay * 500))
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(try processes(in: directory).isEmpty)
        }
    }

    /// The processes whose working directory is `directory`.
    private func processes(in directory: FilePath) throws -> [String] {
        try FolderContents.names(in: "/proc").filter { name in
            guard name.first?.isNumber == true else { return false }
            let target = String(unsafeUninitializedCapacity: 4096) { buffer in
                buffer.withMemoryRebound(to: CChar.self) {
                    max(0, readlink("/proc/\(name)/cwd", $0.baseAddress!, $0.count))
                }
            }
            return target == directory.string
        }
    }

    @Test(
        "the model of a worker that was killed with SIGKILL ends with its descendants and daemons",
        .timeLimit(.minutes(1)))
    func killedWorker_leavesNoProcess() async throws {
        try fixture.write(
            """
            #!/bin/sh
            (trap '' TERM; sleep 1000 & echo $! > $FOLDER/grandchild; wait) &
            echo $! > $FOLDER/child
            setsid sh -c 'echo $$ > $FOLDER/daemon; exec sleep 1000' &
            echo $$ > $FOLDER/model
            while ! test -s $FOLDER/grandchild || ! test -s $FOLDER/daemon; do sleep 0.01; done
            echo > $FOLDER/ready
            wait

            """, to: "script", mode: 0o755)
        guard mkdir(fixture.folder.appending("run").string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = fixture.folder.string as String] in
            let script = FilePath(folder).appending("script")
            let model = try CommandModel(
                name: "test", command: [script.string], outputs: [], environment: ["FOLDER": folder])
            let run = Task {
                try await model.run(
                    ModelFixture.point, limits: RunLimits(), parent: nil, directory: FilePath(folder).appending("run"))
            }
            let killer = Task {
                try await eventually("the model is ready") {
                    SmallFile.status(of: FilePath(folder).appending("ready")) != nil
                }
                kill(getpid(), SIGKILL)
            }
            _ = try await run.value
            try await killer.value
        }
        for name in ["model", "child", "grandchild", "daemon"] {
            let process = try await fixture.process(name)
            try await eventually("the \(name) has ended") { !runs(process) }
        }
    }
}
