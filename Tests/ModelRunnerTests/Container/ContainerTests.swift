import Glibc
import Support
import SystemPackage
import Testing

@testable import ModelRunner

/// Models in containers: what they may do, how they end, and what is left of them.
@Suite(
    .enabled(if: TestContainers.absence == nil, Comment(rawValue: TestContainers.absence ?? "")),
    .timeLimit(.minutes(2)))
struct ContainerTests {
    let bench: ModelFixture

    init() throws {
        bench = try ModelFixture()
    }

    private static let limits = RunLimits(wallTime: .seconds(60), memoryBytes: 256 << 20, grace: .milliseconds(300))

    private func outcome(
        _ model: ContainerModel, limits: RunLimits = limits, directory: FilePath? = nil
    ) async throws -> Result<ModelResult, ModelFailure> {
        do {
            return .success(
                try await model.run(
                    ModelFixture.point, limits: limits, parent: nil, directory: try directory ?? bench.runDirectory()))
        } catch let failure as ModelFailure {
            return .failure(failure)
        }
    }

    @Test("the column model runs in an image that holds nothing but it, whose digest is its version")
    func column() async throws {
        let model = try await ContainerModel(
            image: TestContainers.bareImage, command: ["/opt/column-model"], engine: TestContainers.engine,
            outputs: ColumnModel.outputs, artifacts: ColumnModel.artifacts)
        #expect(model.version.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
        let input = ModelInput(hash: "", code: "", values: [NamedValue(name: "CO2", value: "4.0e-4")])
        let directory = try bench.runDirectory()
        let result = try await model.run(input, limits: Self.limits, parent: nil, directory: directory)
        #expect(result.verdict == .stable)
        #expect(result.artifacts.map { $0.lastComponent?.string } == ColumnModel.artifacts)
        #expect(result.artifacts.allSatisfy { SmallFile.status(of: $0)?.st_uid == getuid() })
    }

    @Test("a container has no network, no capabilities, the user's ids, and nowhere to write but its run directory")
    func restrictions() async throws {
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
            touch $TMPDIR/temporary && \(ModelFixture.goodEnd)
            """, settings: ContainerSettings(cpus: 0.5, processes: 20), environment: ["OWN": "mine"])
        setenv("ATMOS_MARIADB_URL", "mariadb://secret", 0)
        let directory = try bench.runDirectory()
        _ = try await outcome(model, directory: directory).get()
        let report = try bench.read(directory.appending("report")).split(separator: "\n").map { line in
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

    @Test("one container serves run after run, and nothing of a run is left for the next")
    func persistent() async throws {
        let model = try await TestContainers.model(
            """
            test -e file && exit 9
            cat /proc/[0-9]*/comm | grep sleep && exit 8
            cat /proc/sys/kernel/hostname > name
            touch file
            setsid sleep 1000 & setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' &
            \(ModelFixture.goodEnd)
            """, settings: ContainerSettings(runs: 3))
        var names: [String] = []
        for _ in 0..<4 {
            let directory = try bench.runDirectory()
            _ = try await outcome(model, directory: directory).get()
            names.append(try bench.read(directory.appending("name")))
        }
        #expect(Set(names).count == 2 && Set(names[..<3]).count == 1)
        await model.close()
        while try await !TestContainers.containers(named: "model-\(getpid())-").filter({ names.contains("\($0)") })
            .isEmpty
        {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test(
        "a container in which a run leaves a trace outside of its directory is not used again",
        .enabled(if: getuid() == 0))
    func traces() async throws {
        let model = try await TestContainers.model(
            "cat /proc/sys/kernel/hostname > name; test -e /dev/trace && exit 9; touch /dev/trace; \(ModelFixture.goodEnd)",
            settings: ContainerSettings(runs: 100))
        var names: Set<String> = []
        for _ in 0..<2 {
            let directory = try bench.runDirectory()
            _ = try await outcome(model, directory: directory).get()
            names.insert(try bench.read(directory.appending("name")))
        }
        #expect(names.count == 2)
        await model.close()
    }

    @Test("the ways to end are told apart in a container as they are elsewhere")
    func ends() async throws {
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
            let directory = try bench.runDirectory()
            kinds[code] = await #expect(throws: ModelFailure.self) {
                try await model.run(input, limits: limits, parent: nil, directory: directory)
            }
        }
        #expect(kinds["exit"]?.kind == .exit(3))
        #expect(kinds["exit"]?.message == "The model exited with status 3; its log ends with: no such species")
        #expect(kinds["crash"]?.kind == .signal(Int(SIGSEGV)))
        #expect(kinds["hang"]?.kind == .timeout)
        #expect(kinds["hang"]?.logTail.hasSuffix("polite\n") == true)
        #expect(kinds["stubborn"]?.kind == .timeout)
        #expect(kinds["memory"]?.kind == .memory, "\(kinds["memory"]?.message ?? "")")
        #expect(kinds["silent"]?.kind == .resultMissing)
        #expect(kinds["flood"]?.kind == .outputLimit)
        await model.close()
        // What podman's monitor leaves when memory runs out, wherever it is.
        #expect(access("oom", F_OK) != 0)
    }

    @Test("a program that the image does not have is not found; an image that there is not, is said")
    func missing() async throws {
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

    @Test("cancelling a run ends what runs in the container")
    func cancel() async throws {
        let model = try await TestContainers.model("echo $$ > pid; sleep 1000")
        let directory = try bench.runDirectory()
        let marker = directory.removingLastComponent()
        let run = Task { try await outcome(model, directory: directory) }
        while try FolderContents.names(in: marker).first(where: { $0.hasPrefix(".container") }).map({
            SmallFile.status(of: marker.appending($0).appending("run").appending("pid")) != nil
        }) != true {
            try await Task.sleep(for: .milliseconds(5))
        }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(SmallFile.status(of: directory.appending("pid")) != nil)
        #expect(try FolderContents.names(in: marker).allSatisfy { !$0.hasPrefix(".container") })
    }

    @Test("when a worker is killed with SIGKILL, its container ends and is removed")
    func killedWorker() async throws {
        guard mkdir(bench.folder.appending("run").string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = bench.folder.string as String] in
            let model = try await TestContainers.model("echo started; sleep 1000 & sleep 1000; wait")
            let directory = FilePath(folder).appending("run")
            let run = Task {
                try await model.run(ModelFixture.point, limits: RunLimits(), parent: nil, directory: directory)
            }
            let killer = Task {
                var name: String?
                while name == nil {
                    try await Task.sleep(for: .milliseconds(5))
                    name = try FolderContents.names(in: FilePath(folder)).first { name in
                        let log = FilePath(folder).appending(name).pushing("run/model.log")
                        return (SmallFile.status(of: log)?.st_size ?? 0) > 0
                    }
                }
                rename("\(folder)/\(name!)", "\(folder)/\(name!.dropFirst(".container-".count))")
                kill(getpid(), SIGKILL)
            }
            _ = try await run.value
            try await killer.value
        }
        let name = try #require(try FolderContents.names(in: bench.folder).first { $0.hasPrefix("atmos-model-") })
        while try await !TestContainers.containers(named: name).isEmpty {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
