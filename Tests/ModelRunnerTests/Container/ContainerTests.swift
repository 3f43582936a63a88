import Glibc
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// Models in containers: their permissions, their ends, and their leftovers.
@Suite(
    "A model in a container",
    .enabled(if: TestContainers.absence == nil, Comment(rawValue: TestContainers.absence ?? "")),
    .timeLimit(.minutes(2)))
struct ContainerTests {
    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    private static let limits = RunLimits(wallTime: .seconds(60), memoryBytes: 256 << 20, grace: .milliseconds(300))

    private func outcome(
        _ model: ContainerModel, limits: RunLimits = limits, directory: FilePath? = nil
    ) async throws -> Result<ModelResult, ModelFailure> {
        do {
            return .success(
                try await model.run(
                    ModelFixture.point, limits: limits, parent: nil, directory: try directory ?? fixture.runDirectory())
            )
        } catch let failure as ModelFailure {
            return .failure(failure)
        }
    }

    @Test("the column model runs in an image without any other program; its version is the image's digest")
    func columnModel_runsInBareImage() async throws {
        let model = try await ContainerModel(
            image: TestContainers.bareImage, command: ["/opt/column-model"], engine: TestContainers.engine,
            outputs: ColumnModel.outputs, artifacts: ColumnModel.artifacts)
        #expect(model.version.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
        let input = ModelInput(hash: "", code: "", values: [NamedValue(name: "CO2", value: "4.0e-4")])
        let directory = try fixture.runDirectory()
        let result = try await model.run(input, limits: Self.limits, parent: nil, directory: directory)
        #expect(result.verdict == .stable)
        #expect(result.artifacts.map { $0.lastComponent?.string } == ColumnModel.artifacts)
        for artifact in result.artifacts { #expect(SmallFile.status(of: artifact)?.st_uid == getuid(), "\(artifact)") }
    }

    @Test("a container has no network, no capabilities, the user's IDs, and can write only to its run directory")
    func container_isRestricted() async throws {
        let model = try await TestContainers.model(
            """
            grep -E '^(Uid|Gid|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status > report
            echo "interfaces $(grep -c : /proc/net/dev)" >> report
            for place in / /opt /tmp /etc /proc/sys/kernel/domainname /sys /sys/fs/cgroup /.atmos /.atmos/supervisor; do
                touch $place/x 2> error || touch $place 2>> error
                if grep -q -E 'Read-only|denied|No such|busy' error; then :; else echo "writable $place" >> report; fi
            done
            ls /dev/shm > error 2>&1 && echo "shared memory" >> report
            echo "memory $(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2> error)" >> report
            echo "processes $(cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2> error)" >> report
            echo "cpus $(cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2> error)" >> report
            echo "$OF_THE_IMAGE $OWN ${ATMOS_MARIADB_URL-none} $TMPDIR $PWD" >> report
            touch $TMPDIR/temporary && \(ModelFixture.writeResult)
            """, settings: ContainerSettings(cpus: 0.5, processes: 20), environment: ["OWN": "mine"])
        setenv("ATMOS_MARIADB_URL", "mariadb://secret", 0)
        let directory = try fixture.runDirectory()
        _ = try await outcome(model, directory: directory).get()
        let report = try fixture.read(directory.appending("report")).split(separator: "\n").map { line in
            line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        let (user, group) = (getuid(), getgid())
        #expect(
            report == [
                "Uid: \(user) \(user) \(user) \(user)", "Gid: \(group) \(group) \(group) \(group)",
                "CapEff: 0000000000000000", "CapBnd: 0000000000000000", "NoNewPrivs: 1", "Seccomp: 2", "interfaces 1",
                "memory \(256 << 20)", "processes 21", report.first { $0.hasPrefix("cpus 50000") } ?? "cpus 50000",
                "yes mine none /.atmos/run/run /.atmos/run/run",
            ])
    }

    @Test("one container serves successive runs, and no state of a run is left for the next")
    func persistentContainer_isCleanForNextRun() async throws {
        let model = try await TestContainers.model(
            """
            test -e file && exit 9
            cat /proc/[0-9]*/comm | grep sleep && exit 8
            cat /proc/sys/kernel/hostname > name
            touch file
            setsid sleep 1000 & setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' &
            \(ModelFixture.writeResult)
            """, settings: ContainerSettings(runs: 3))
        var names: [String] = []
        for _ in 0..<4 {
            let directory = try fixture.runDirectory()
            _ = try await outcome(model, directory: directory).get()
            names.append(try fixture.read(directory.appending("name")))
        }
        #expect(Set(names).count == 2)
        #expect(Set(names[..<3]).count == 1)
        await model.close()
        try await eventually("no container of this test is left") {
            try await TestContainers.containers(named: "model-\(getpid())-").allSatisfy { !names.contains("\($0)") }
        }
    }

    @Test(
        "a container that a run has changed outside of its directory is not used again",
        .enabled(if: getuid() == 0))
    func contaminatedContainer_isNotReused() async throws {
        let model = try await TestContainers.model(
            "cat /proc/sys/kernel/hostname > name; test -e /dev/trace && exit 9; touch /dev/trace; \(ModelFixture.writeResult)",
            settings: ContainerSettings(runs: 100))
        var names: Set<String> = []
        for _ in 0..<2 {
            let directory = try fixture.runDirectory()
            _ = try await outcome(model, directory: directory).get()
            names.insert(try fixture.read(directory.appending("name")))
        }
        #expect(names.count == 2)
        await model.close()
    }

    @Test("the kinds of failure in a container are those of a process")
    func failures_haveTheirKinds() async throws {
        let model = try await TestContainers.model(
            """
            case $(cat point.json) in
                *exit*) echo 'no such species'; exit 3 ;;
                *crash*) kill -SEGV $$ ;;
                *hang*) trap 'echo polite; exit 0' TERM; while :; do sleep 0.01; done ;;
                *stubborn*) trap '' TERM; while :; do sleep 0.01; done ;;
                *memory*) for i in 1 2 3 4; do (head -c 30000000 /dev/zero; sleep 100) | tail -c 30000000 & done; wait ;;
                *silent*) exit 0 ;;
                *flood*) while :; do cat point.json point.json point.json; done ;;
            esac
            """, settings: ContainerSettings(runs: 100))
        var limits = Self.limits
        limits.outputBytes = 1 << 20
        limits.memoryBytes = 64 << 20
        var kinds: [String: ModelFailure] = [:]
        for code in ["exit", "crash", "hang", "stubborn", "memory", "silent", "flood"] {
            limits.wallTime = code == "hang" || code == "stubborn" ? .milliseconds(300) : .seconds(60)
            let input = ModelInput(hash: "", code: code, values: [])
            let directory = try fixture.runDirectory()
            kinds[code] = await #expect(throws: ModelFailure.self) {
                try await model.run(input, limits: limits, parent: nil, directory: directory)
            }
        }
        #expect(kinds["exit"]?.kind == .exit(3))
        #expect(kinds["exit"]?.message == "the model exited with status 3; its log ends with: no such species")
        #expect(kinds["crash"]?.kind == .signal(Int(SIGSEGV)))
        #expect(kinds["hang"]?.kind == .timeout)
        #expect(kinds["hang"]?.logTail.hasSuffix("polite\n") == true)
        #expect(kinds["stubborn"]?.kind == .timeout)
        #expect(kinds["memory"]?.kind == .memory, "\(kinds["memory"]?.message ?? "")")
        #expect(kinds["silent"]?.kind == .resultMissing)
        #expect(kinds["flood"]?.kind == .outputLimit)
        await model.close()
        // Podman's monitor leaves this file in its working directory if memory runs out.
        #expect(access("oom", F_OK) != 0)
    }

    @Test("a missing program and a missing image are reported")
    func missingProgramOrImage_isReported() async throws {
        let model = try await ContainerModel(
            image: TestContainers.bareImage, command: ["no-such-program"], engine: TestContainers.engine, outputs: [])
        let failure = try await outcome(model).failure
        #expect(failure?.kind == .notFound)
        #expect(failure?.message.contains("no-such-program: No such file or directory") == true)
        let none = await #expect(throws: ModelFailure.self) {
            try await ContainerModel(
                image: "localhost/no-such-image", command: ["x"], engine: TestContainers.engine, outputs: [])
        }
        #expect(none?.kind == .runtime)
        #expect(none?.message.hasPrefix("podman could not pull the image 'localhost/no-such-image': ") == true)
    }

    @Test("cancelling a run ends the processes in the container")
    func cancelledRun_endsProcesses() async throws {
        let model = try await TestContainers.model("echo $$ > pid; sleep 1000")
        let directory = try fixture.runDirectory()
        let parent = directory.removingLastComponent()
        let run = Task { try await outcome(model, directory: directory) }
        try await eventually("the model has started") {
            try FolderContents.names(in: parent).contains {
                $0.hasPrefix(".container")
                    && SmallFile.status(of: parent.appending($0).appending("run").appending("pid")) != nil
            }
        }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(SmallFile.status(of: directory.appending("pid")) != nil)
        #expect(try FolderContents.names(in: parent).filter { $0.hasPrefix(".container") } == [])
    }

    @Test("the container of a worker that was killed with SIGKILL ends and is removed")
    func killedWorker_leavesNoContainer() async throws {
        guard mkdir(fixture.folder.appending("run").string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = fixture.folder.string as String] in
            let model = try await TestContainers.model("echo started; sleep 1000 & sleep 1000; wait")
            let directory = FilePath(folder).appending("run")
            let run = Task {
                try await model.run(ModelFixture.point, limits: RunLimits(), parent: nil, directory: directory)
            }
            let killer = Task {
                let name = try await eventually(
                    "the model has printed a line",
                    {
                        try FolderContents.names(in: FilePath(folder)).first { name in
                            let log = FilePath(folder).appending(name).pushing("run/model.log")
                            return (SmallFile.status(of: log)?.st_size ?? 0) > 0
                        }
                    }, until: { $0 != nil })
                rename("\(folder)/\(name!)", "\(folder)/\(name!.dropFirst(".container-".count))")
                kill(getpid(), SIGKILL)
            }
            _ = try await run.value
            try await killer.value
        }
        let name = try #require(try FolderContents.names(in: fixture.folder).first { $0.hasPrefix("atmos-model-") })
        try await eventually("the container is removed") {
            try await TestContainers.containers(named: name).isEmpty
        }
    }
}
