import Glibc
import Support
import SystemPackage
import Testing

@testable import ModelRunner

/// Models that violate the contract or their limits.
@Suite("A hostile model")
struct HostileModelTests {
    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    @Test("a model that follows the contract gives its verdict, outputs and message")
    func goodModel_givesResult() async throws {
        let result = try await fixture.outcome(ModelFixture.writeResult).get()
        #expect(result.verdict == .stable)
        #expect(result.outputs == ["t": 287.5])
        #expect(result.message == "fine")
        #expect(result.iterations == 3)
    }

    @Test("the failure of a nonzero exit contains the status and the last line of the log")
    func nonzeroExit_isFailure() async throws {
        let failure = try await fixture.outcome("echo reading >&2; echo 'no such species: XE'; exit 3").failure
        #expect(failure?.kind == .exit(3))
        #expect(failure?.message == "the model exited with status 3; its log ends with: no such species: XE")
        #expect(failure?.logTail == "reading\nno such species: XE\n")
    }

    @Test("a nonzero exit with a valid result is a failure")
    func nonzeroExitWithResult_isFailure() async throws {
        let failure = try await fixture.outcome("\(ModelFixture.writeResult); exit 1").failure
        #expect(failure?.kind == .exit(1))
        #expect(failure?.message == "the model exited with status 1; it printed nothing")
    }

    @Test(
        "the failure of a crash contains the name of the signal",
        arguments: [(SIGSEGV, "SIGSEGV"), (SIGFPE, "SIGFPE"), (SIGABRT, "SIGABRT")])
    func crash_namesSignal(number: CInt, name: String) async throws {
        let failure = try await fixture.outcome("echo at line 7; kill -\(number) $$").failure
        #expect(failure?.kind == .signal(Int(number)))
        #expect(failure?.kind.exitStatus == name)
        #expect(failure?.message.contains(name) == true)
        #expect(failure?.message.hasSuffix("its log ends with: at line 7") == true)
    }

    @Test("a model that hangs is ended at its wall-time limit")
    func hangingModel_timesOut() async throws {
        let limits = RunLimits(wallTime: .milliseconds(200), grace: .seconds(20))
        let failure = try await fixture.outcome("echo step 1; sleep 1000", limits: limits).failure
        #expect(failure?.kind == .timeout)
        #expect(failure?.message == "the model was ended at its wall-time limit of 200 ms; its log ends with: step 1")
    }

    @Test("a model that ignores SIGTERM is killed after the grace")
    func ignoredTermination_isKilled() async throws {
        let limits = RunLimits(wallTime: .milliseconds(200), grace: .milliseconds(100))
        let script = "trap '' TERM; echo $$ > $FOLDER/pid; while :; do sleep 1000; done"
        let failure = try await fixture.outcome(script, limits: limits).failure
        #expect(failure?.kind == .timeout)
        #expect(try await !runs(group: fixture.process("pid")))
    }

    @Test("a model may print after SIGTERM, but its run is a timeout")
    func gracefulEndAtLimit_isTimeout() async throws {
        let limits = RunLimits(wallTime: .milliseconds(200), grace: .seconds(20))
        let script = "trap 'echo interrupted; exit 0' TERM; \(ModelFixture.writeResult); while :; do sleep 0.01; done"
        let failure = try await fixture.outcome(script, limits: limits).failure
        #expect(failure?.kind == .timeout)
        #expect(failure?.logTail.hasSuffix("interrupted\n") == true)
    }

    @Test("a model that prints 100 MB is ended; its log is limited and its end kept")
    func largeOutput_isLimited() async throws {
        let directory = try fixture.runDirectory()
        let script = "yes 'the same again' | head -c 100000000"
        let failure = try await fixture.outcome(script, directory: directory).failure
        #expect(failure?.kind == .outputLimit)
        #expect(failure?.message.contains("its output limit of 16 MiB, log included") == true)
        #expect((failure?.logTail.utf8.count ?? 0) <= LogTail.maxBytes)
        #expect((failure?.logTail.utf8.count ?? 0) > LogTail.maxBytes - 4)
        #expect(SmallFile.status(of: directory.appending("model.log"))?.st_size == 16 << 20)
    }

    @Test("a model that ignores its output limit is ended")
    func ignoredOutputLimit_endsModel() async throws {
        let limits = RunLimits(wallTime: .seconds(60), outputBytes: 1 << 20, grace: .milliseconds(100))
        let script = "trap '' XFSZ; while :; do echo the same again and again 2>/dev/null; done"
        let failure = try await fixture.outcome(script, limits: limits).failure
        #expect(failure?.kind == .outputLimit)
    }

    @Test("files below the limit count together")
    func outputLimit_countsFilesTogether() async throws {
        let limits = RunLimits(wallTime: .seconds(30), outputBytes: 1 << 20)
        let script =
            "mkdir d; for i in 1 2 3; do head -c 400000 /dev/zero > d/file$i; done; \(ModelFixture.writeResult)"
        let failure = try await fixture.outcome(script, limits: limits).failure
        #expect(failure?.kind == .outputLimit)
    }

    @Test("a process that allocates more than its memory limit is not reported as a crash")
    func memoryLimit_isNotACrash() async throws {
        let limits = RunLimits(wallTime: .seconds(30), memoryBytes: 200 << 20)
        let failure = try await fixture.outcome("exec dd if=/dev/zero of=/dev/null bs=1G count=1", limits: limits)
            .failure
        #expect(failure?.kind == .memory)
        #expect(failure?.message.contains("its limit is 200 MiB") == true)
    }

    @Test("processes below the memory limit count together")
    func memoryLimit_countsProcessesTogether() async throws {
        let limits = RunLimits(wallTime: .seconds(30), memoryBytes: 100 << 20, grace: .milliseconds(100))
        let hold = "(head -c 40000000 /dev/zero; sleep 1000) | tail -c 40000000 &"
        let failure = try await fixture.outcome("\(hold) \(hold) \(hold) \(hold) wait", limits: limits).failure
        #expect(failure?.kind == .memory)
        #expect(failure?.message.contains("because it used") == true)
    }

    @Test("a monitor measures the peak of the memory until the wall-time limit")
    func monitor_measuresPeakMemory() async throws {
        let monitor = RunMonitor(
            session: ProcessSession(leader: getpid()), directory: fixture.folder,
            limits: RunLimits(wallTime: .milliseconds(50)))
        #expect(await monitor.firstViolation() == .wallTime)
        #expect((monitor.peakMemoryBytes ?? 0) > 1 << 20)
    }

    @Test("a model is ended at its processor-time limit, also if a child computes")
    func cpuLimit_endsModel() async throws {
        let limits = RunLimits(wallTime: .seconds(30), cpuTime: .milliseconds(200))
        for script in ["while :; do :; done", "(while :; do :; done) & wait"] {
            let failure = try await fixture.outcome(script, limits: limits).failure
            #expect(failure?.kind == .timeout)
            #expect(
                failure?.message == "the model was ended at its processor-time limit of 200 ms; it printed nothing")
        }
    }

    @Test("the kernel's signal at the processor-time limit is a timeout, however much time was measured")
    func cpuSignal_isTimeout() async throws {
        let limits = RunLimits(wallTime: .seconds(30), cpuTime: .seconds(8))
        for script in ["kill -XCPU $$", "sh -c 'kill -XCPU $$'; exit $?"] {
            let failure = try await fixture.outcome(script, limits: limits).failure
            #expect(failure?.kind == .timeout)
            #expect(failure?.message.hasPrefix("the model was ended at its processor-time limit of 8 s") == true)
        }
    }

    @Test("a crash of a Fortran program is explained by the error of its runtime, not by the backtrace after it")
    func fortranError_isQuoted() async throws {
        let log = """
            echo "At line 12 of file Clima.f"; echo "Fortran runtime error: End of file"; echo
            echo "Error termination. Backtrace:"; echo "#0  0x7f3a in ???"; echo "#1  0xdeadbeef in ???"; exit 2
            """
        let failure = try await fixture.outcome(log).failure
        #expect(failure?.message == "the model exited with status 2; its log says: Fortran runtime error: End of file")
    }

    @Test("a model has no standard input and leaves no core file")
    func model_hasNoInputOrCoreFile() async throws {
        let script = "test \"$(ulimit -c)\" = 0 && ! read line && echo \"$ATMOS_SECRET\" && \(ModelFixture.writeResult)"
        #expect(try await fixture.outcome(script).get().verdict == .stable)
    }

    @Test("a missing interpreter is a failure to start")
    func missingInterpreter_isReported() async throws {
        let script = try fixture.write("#!/no/such/interpreter\n", to: "script", mode: 0o755)
        let model = try CommandModel(name: "test", command: [script.string], outputs: [])
        let failure = await #expect(throws: ModelFailure.self) {
            try await model.run(ModelFixture.point, limits: RunLimits(), parent: nil, directory: fixture.runDirectory())
        }
        #expect(failure?.kind == .spawn)
        #expect(
            failure?.message.hasSuffix(
                "No such file or directory; if it is a script, check that the program in its first line exists") == true
        )
    }

    @Test("an executable that was removed after the check is not found")
    func removedExecutable_isNotFound() async throws {
        let model = try fixture.model(ModelFixture.writeResult)
        unlink(model.command[0])
        let failure = await #expect(throws: ModelFailure.self) {
            try await model.run(ModelFixture.point, limits: RunLimits(), parent: nil, directory: fixture.runDirectory())
        }
        #expect(failure?.kind == .notFound)
    }

    @Test("twenty concurrent runs do not disturb each other")
    func concurrentRuns_areIndependent() async throws {
        let model = try fixture.model("cat point.json > copy; \(ModelFixture.writeResult)")
        try await withThrowingTaskGroup(of: ModelResult.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let directory = try fixture.runDirectory()
                    return try await model.run(
                        ModelFixture.point, limits: RunLimits(), parent: nil, directory: directory)
                }
            }
            for try await result in group { #expect(result.outputs == ["t": 287.5]) }
        }
    }
}
