import Glibc
import Support
import SystemPackage
import Testing

@testable import ModelRunner

/// Models that do what they should not, one by one.
@Suite struct HostileModelTests {
    let bench: ModelFixture

    init() throws {
        bench = try ModelFixture()
    }

    @Test("a model that keeps the contract gives its verdict, outputs and message")
    func good() async throws {
        let result = try await bench.outcome(ModelFixture.goodEnd).get()
        #expect(result.verdict == .stable)
        #expect(result.outputs == ["t": 287.5])
        #expect(result.message == "fine")
        #expect(result.iterations == 3)
    }

    @Test("a non-zero exit is told with its status and the log's last line")
    func exit() async throws {
        let failure = try await bench.outcome("echo reading >&2; echo 'no such species: XE'; exit 3").failure
        #expect(failure?.kind == .exit(3))
        #expect(failure?.message == "The model exited with status 3; its log ends with: no such species: XE")
        #expect(failure?.logTail == "reading\nno such species: XE\n")
    }

    @Test("a valid result does not excuse a non-zero exit")
    func exitWithResult() async throws {
        let failure = try await bench.outcome("\(ModelFixture.goodEnd); exit 1").failure
        #expect(failure?.kind == .exit(1))
        #expect(failure?.message == "The model exited with status 1; it printed nothing")
    }

    @Test(
        "a crash is told by the name of its signal",
        arguments: [(SIGSEGV, "SIGSEGV"), (SIGFPE, "SIGFPE"), (SIGABRT, "SIGABRT")])
    func signal(number: CInt, name: String) async throws {
        let failure = try await bench.outcome("echo at line 7; kill -\(number) $$").failure
        #expect(failure?.kind == .signal(Int(number)))
        #expect(failure?.kind.exitStatus == name)
        #expect(failure?.message.contains(name) == true)
        #expect(failure?.message.hasSuffix("its log ends with: at line 7") == true)
    }

    @Test("a model that hangs is ended at its wall-time limit")
    func hang() async throws {
        let limits = RunLimits(wallTime: .milliseconds(200), grace: .seconds(20))
        let failure = try await bench.outcome("echo step 1; sleep 1000", limits: limits).failure
        #expect(failure?.kind == .timeout)
        #expect(failure?.message == "The model was ended at its wall-time limit of 0.2 s; its log ends with: step 1")
    }

    @Test("a model that ignores SIGTERM is ended after the grace")
    func stubborn() async throws {
        let limits = RunLimits(wallTime: .milliseconds(200), grace: .milliseconds(100))
        let script = "trap '' TERM; echo $$ > $BENCH/pid; while :; do sleep 1000; done"
        let failure = try await bench.outcome(script, limits: limits).failure
        #expect(failure?.kind == .timeout)
        #expect(try await !runs(group: bench.process("pid")))
    }

    @Test("a model that was asked to end in time may still say why, but its run is a timeout")
    func politeEnd() async throws {
        let limits = RunLimits(wallTime: .milliseconds(200), grace: .seconds(20))
        let script = "trap 'echo interrupted; exit 0' TERM; \(ModelFixture.goodEnd); while :; do sleep 0.01; done"
        let failure = try await bench.outcome(script, limits: limits).failure
        #expect(failure?.kind == .timeout)
        #expect(failure?.logTail.hasSuffix("interrupted\n") == true)
    }

    @Test("a model that prints 100 MB is ended; its log is capped and its end kept")
    func flood() async throws {
        let directory = try bench.runDirectory()
        let script = "yes 'the same again' | head -c 100000000"
        let failure = try await bench.outcome(script, directory: directory).failure
        #expect(failure?.kind == .outputLimit)
        #expect(failure?.message.contains("its output limit of 16 MiB, log included") == true)
        #expect((failure?.logTail.utf8.count ?? 0) <= LogTail.byteCount)
        #expect((failure?.logTail.utf8.count ?? 0) > LogTail.byteCount - 4)
        #expect(SmallFile.status(of: directory.appending("model.log"))?.st_size == 16 << 20)
    }

    @Test("a model that goes on printing past its limit for ever is ended")
    func endlessFlood() async throws {
        let limits = RunLimits(wallTime: .seconds(60), outputBytes: 1 << 20, grace: .milliseconds(100))
        let script = "trap '' XFSZ; while :; do echo the same again and again 2>/dev/null; done"
        let failure = try await bench.outcome(script, limits: limits).failure
        #expect(failure?.kind == .outputLimit)
    }

    @Test("files that are each below the limit count together")
    func manyFiles() async throws {
        let limits = RunLimits(wallTime: .seconds(30), outputBytes: 1 << 20)
        let script = "mkdir d; for i in 1 2 3; do head -c 400000 /dev/zero > d/file$i; done; \(ModelFixture.goodEnd)"
        let failure = try await bench.outcome(script, limits: limits).failure
        #expect(failure?.kind == .outputLimit)
    }

    @Test("a process that asks for more memory than its limit is told from a crash")
    func memory() async throws {
        let limits = RunLimits(wallTime: .seconds(30), memoryBytes: 200 << 20)
        let failure = try await bench.outcome("exec dd if=/dev/zero of=/dev/null bs=1G count=1", limits: limits).failure
        #expect(failure?.kind == .memory)
        #expect(failure?.message.contains("its limit is 200 MiB") == true)
    }

    @Test("processes that are each below the memory limit count together")
    func memoryTogether() async throws {
        let limits = RunLimits(wallTime: .seconds(30), memoryBytes: 100 << 20, grace: .milliseconds(100))
        let hold = "(head -c 40000000 /dev/zero; sleep 1000) | tail -c 40000000 &"
        let failure = try await bench.outcome("\(hold) \(hold) \(hold) \(hold) wait", limits: limits).failure
        #expect(failure?.kind == .memory)
        #expect(failure?.message.contains("because it held") == true)
    }

    @Test("a run is looked at until its limit, and the peak of its memory is seen")
    func peak() async throws {
        let monitor = RunMonitor(
            session: ProcessSession(leader: getpid()), directory: bench.folder,
            limits: RunLimits(wallTime: .milliseconds(50)))
        #expect(await monitor.firstViolation() == .wallTime)
        #expect((monitor.peakMemoryBytes ?? 0) > 1 << 20)
    }

    @Test("a model that computes past its processor-time limit is ended, whatever of it computes")
    func processorTime() async throws {
        let limits = RunLimits(wallTime: .seconds(30), cpuTime: .milliseconds(200))
        for script in ["while :; do :; done", "(while :; do :; done) & wait"] {
            let failure = try await bench.outcome(script, limits: limits).failure
            #expect(failure?.kind == .timeout)
            #expect(
                failure?.message == "The model was ended at its processor-time limit of 0.2 s; it printed nothing")
        }
    }

    @Test("a model leaves no core file and has no standard input")
    func surroundings() async throws {
        let script = "test \"$(ulimit -c)\" = 0 && ! read line && echo \"$ATMOS_SECRET\" && \(ModelFixture.goodEnd)"
        #expect(try await bench.outcome(script).get().verdict == .stable)
    }

    @Test("a script whose interpreter is missing could not be started")
    func missingInterpreter() async throws {
        let script = try bench.write("#!/no/such/interpreter\n", to: "script", mode: 0o755)
        let model = try CommandModel(name: "test", command: [script.string], outputs: [])
        let failure = await #expect(throws: ModelFailure.self) {
            try await model.run(ModelFixture.point, limits: RunLimits(), parent: nil, directory: bench.runDirectory())
        }
        #expect(failure?.kind == .spawn)
        #expect(
            failure?.message.hasSuffix(
                "No such file or directory; if it is a script, is the program there that its first line names?") == true
        )
    }

    @Test("an executable that has vanished since is not found")
    func vanished() async throws {
        let model = try bench.model(ModelFixture.goodEnd)
        unlink(model.command[0])
        let failure = await #expect(throws: ModelFailure.self) {
            try await model.run(ModelFixture.point, limits: RunLimits(), parent: nil, directory: bench.runDirectory())
        }
        #expect(failure?.kind == .notFound)
    }

    @Test("twenty runs at once do not get in each other's way")
    func together() async throws {
        let model = try bench.model("cat point.json > copy; \(ModelFixture.goodEnd)")
        try await withThrowingTaskGroup(of: ModelResult.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let directory = try bench.runDirectory()
                    return try await model.run(ModelFixture.point, limits: RunLimits(), parent: nil, directory: directory)
                }
            }
            for try await result in group { #expect(result.outputs == ["t": 287.5]) }
        }
    }
}
