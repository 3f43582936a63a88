import Glibc
import Support
import SystemPackage
import Testing

@testable import ModelRunner

/// Nothing of a run is left when the run is over, however it ended.
@Suite struct OrphanTests {
    let bench: ModelFixture

    init() throws {
        bench = try ModelFixture()
    }

    private static let patient = RunLimits(wallTime: .seconds(600), grace: .milliseconds(200))

    /// Starts a model, waits until it has written the file `ready`, cancels it, and returns what it threw.
    private func cancelled(_ script: String) async throws -> (any Error)? {
        let model = try bench.model(script)
        let directory = try bench.runDirectory()
        let run = Task {
            try await model.run(ModelFixture.point, limits: Self.patient, parent: nil, directory: directory)
        }
        _ = try await bench.process("ready", of: run)
        run.cancel()
        if case .failure(let error) = await run.result { return error }
        return nil
    }

    @Test("cancelling a run ends the model")
    func cancel() async throws {
        let error = try await cancelled("echo $$ > $BENCH/ready; exec sleep 1000")
        #expect(error is CancellationError)
        #expect(try await !runs(group: bench.process("ready")))
    }

    @Test("cancelling ends children that ignore SIGTERM, and theirs")
    func cancelStubborn() async throws {
        let error = try await cancelled(
            """
            trap '' TERM
            (sleep 1000 & echo $! > $BENCH/grandchild; wait) &
            echo $! > $BENCH/child
            while ! test -s $BENCH/grandchild; do sleep 0.01; done
            echo $$ > $BENCH/ready
            wait
            """)
        #expect(error is CancellationError)
        for name in ["child", "grandchild"] { #expect(try await !runs(bench.process(name)), "\(name)") }
        #expect(try await !runs(group: bench.process("ready")))
    }

    @Test("a child that outlives its polite parent is ended too")
    func politeParent() async throws {
        let error = try await cancelled(
            """
            (trap '' TERM; echo $$ > $BENCH/group; while :; do sleep 1000; done) &
            echo $! > $BENCH/child
            trap 'exit 0' TERM
            while ! test -s $BENCH/group; do sleep 0.01; done
            echo $$ > $BENCH/ready
            wait
            """)
        #expect(error is CancellationError)
        #expect(try await !runs(bench.process("child")))
        #expect(try await !runs(group: bench.process("ready")))
    }

    @Test("what a successful model leaves running is ended, in its own process group or not")
    func leftovers() async throws {
        let script = """
            sleep 1000 & echo $! > $BENCH/same
            perl -e 'setpgrp(0, 0); open(F, ">", "$ENV{BENCH}/other"); print F "$$\\n"; close F; exec "sleep", "1000"' &
            while ! test -s $BENCH/other; do sleep 0.01; done
            \(ModelFixture.goodEnd)
            """
        #expect(try await bench.outcome(script).get().verdict == .stable)
        #expect(try await !runs(bench.process("same")))
        #expect(try await !runs(bench.process("other")))
    }

    @Test("a daemon that a model leaves, in a session of its own, is ended too")
    func daemon() async throws {
        let script = """
            setsid sh -c 'echo $$ > $BENCH/daemon; exec sleep 1000' &
            while ! test -s $BENCH/daemon; do sleep 0.01; done
            \(ModelFixture.goodEnd)
            """
        #expect(try await bench.outcome(script).get().verdict == .stable)
        #expect(try await !runs(bench.process("daemon")))
    }

    @Test("when the supervisor is ended, the model ends, the run has failed, and the next one has another supervisor")
    func killedSupervisor() async throws {
        let script = "(sleep 1000 & echo $! > $BENCH/child; wait) & while ! test -s $BENCH/child; do sleep 0.01; done; "
        let failure = try await bench.outcome(script + "kill -9 $PPID; sleep 1000").failure
        #expect(failure?.kind == .runtime)
        let child = try await bench.process("child")
        while runs(child) { try await Task.sleep(for: .milliseconds(2)) }
        let idle = try await bench.outcome("(sleep 0.01; kill -9 $PPID) & \(ModelFixture.goodEnd)")
        #expect(idle.failure == nil || idle.failure?.kind == .runtime)
        #expect(try await bench.outcome(ModelFixture.goodEnd).get().verdict == .stable)
    }

    @Test("a task that is cancelled already starts no model")
    func cancelledBefore() async throws {
        let model = try bench.model("echo $$ > $BENCH/ready")
        let directory = try bench.runDirectory()
        let run = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await model.run(ModelFixture.point, limits: Self.patient, parent: nil, directory: directory)
        }
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(SmallFile.status(of: bench.folder.appending("ready")) == nil)
    }

    @Test("a run that is cancelled at any moment of its start leaves nothing")
    func cancelledMeanwhile() async throws {
        let model = try bench.model("sleep 1000 & sleep 1000")
        for delay in 0..<12 {
            let directory = try bench.runDirectory()
            let run = Task {
                try await model.run(ModelFixture.point, limits: Self.patient, parent: nil, directory: directory)
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
        "when a worker is killed with SIGKILL, its model, the model's children and its daemons end",
        .timeLimit(.minutes(1)))
    func killedWorker() async throws {
        try bench.write(
            """
            #!/bin/sh
            (trap '' TERM; sleep 1000 & echo $! > $BENCH/grandchild; wait) &
            echo $! > $BENCH/child
            setsid sh -c 'echo $$ > $BENCH/daemon; exec sleep 1000' &
            echo $$ > $BENCH/model
            while ! test -s $BENCH/grandchild || ! test -s $BENCH/daemon; do sleep 0.01; done
            echo > $BENCH/ready
            wait

            """, to: "script", mode: 0o755)
        guard mkdir(bench.folder.appending("run").string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = bench.folder.string as String] in
            let script = FilePath(folder).appending("script")
            let model = try CommandModel(
                name: "test", command: [script.string], outputs: [], environment: ["BENCH": folder])
            let run = Task {
                try await model.run(
                    ModelFixture.point, limits: RunLimits(), parent: nil, directory: FilePath(folder).appending("run"))
            }
            let killer = Task {
                while SmallFile.status(of: FilePath(folder).appending("ready")) == nil {
                    try await Task.sleep(for: .milliseconds(5))
                }
                kill(getpid(), SIGKILL)
            }
            _ = try await run.value
            try await killer.value
        }
        for name in ["model", "child", "grandchild", "daemon"] {
            let process = try await bench.process(name)
            while runs(process) { try await Task.sleep(for: .milliseconds(5)) }
        }
    }
}
