import Dispatch
import FoundationEssentials
import Glibc
import SystemPackage

@testable import ModelRunner

/// Podman with a separate image store in `.build`, and images of this machine's files, without a registry.
enum TestContainers {
    /// The reason why containers cannot be tested here; `nil` if they can.
    static let absence: String? = prepare()

    /// Whether docker can be tested here, too.
    static let dockerAnswers = system("timeout 10 docker version >/dev/null 2>&1") == 0

    /// The engine, with the options that it needs inside a container or a small virtual machine.
    static var engine: ContainerEngine {
        get throws {
            try ContainerEngine(
                .podman, options: store + ["--runtime", "runc", "--cgroup-manager", "cgroupfs"],
                runOptions: runOptions)
        }
    }

    /// The options that any engine needs there to start a container.
    static let runOptions = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]

    /// The command that writes the image with a shell to a file, for another engine.
    static func export(to file: String) -> String {
        "podman \(store.joined(separator: " ")) save --quiet --format docker-archive --output \(file) \(shellImage)"
    }

    /// An image with only the column model and its libraries, without a shell.
    static let bareImage = "localhost/atmos-test-column:latest"
    /// An image with a shell and some tools.
    static let shellImage = "localhost/atmos-test-shell:latest"

    private static let root = FilePath(#filePath).removingLastComponent().pushing("../../..").lexicallyNormalized()
    private static let folder = root.pushing(".build/test-containers")
    private static let store = [
        "--root", folder.appending("graph").string, "--runroot", folder.appending("run").string,
        "--storage-driver", "vfs",
    ]

    private static func prepare() -> String? {
        for program in ["podman", "buildah", "runc"] where !Toolchain.has(program) {
            return "\(program) is not installed; scripts/setup --tests installs it"
        }
        guard let column = try? ColumnModel.program.find(), (try? CompanionProgram.supervisor.find()) != nil else {
            return "the column model or the supervisor for containers is not built; scripts/setup builds them"
        }
        let log = folder.appending("log")
        let script = """
            set -e
            mkdir -p '\(folder)'
            exec 9>'\(folder)/lock' >'\(log)' 2>&1
            flock 9
            image() { # NAME PROGRAM...
                name=$1; shift
                rm -rf '\(folder)/root'
                mkdir -p '\(folder)/root/tmp' '\(folder)/root/opt'
                for program; do
                    ldd "$program" | grep -o '/[^ ]*' | xargs -I@ cp -L --parents @ '\(folder)/root'
                    cp -L "$program" '\(folder)/root/opt'
                done
                printf 'FROM scratch\\nCOPY . /\\nENV PATH=/opt OF_THE_IMAGE=yes\\n' >'\(folder)/Containerfile'
                buildah \(store.joined(separator: " ")) build --quiet --isolation chroot --timestamp 0 \\
                    --file '\(folder)/Containerfile' --tag "$name" '\(folder)/root'
            }
            image \(bareImage) '\(column)'
            image \(shellImage) $(for name in sh cat sleep grep touch head tail mkdir ls setsid id; do command -v $name; done)
            podman \(store.joined(separator: " ")) --runtime runc --cgroup-manager cgroupfs run --rm --network none \\
                --memory 64m --cpus 1 --pids-limit 16 \(runOptions.joined(separator: " ")) \\
                \(shellImage) /opt/sh -c 'exit 0'
            """
        if system(script) == 0 { return nil }
        let text = (try? String(contentsOfFile: log.string, encoding: .utf8)) ?? ""
        return "podman cannot run a container here: \(text.split(separator: "\n").last ?? "no message")"
    }

    /// A model that is a shell script in a container.
    static func model(
        _ script: String, settings: ContainerSettings = ContainerSettings(), environment: [String: String] = [:],
        artifacts: [String] = []
    ) async throws -> ContainerModel {
        try await ContainerModel(
            image: shellImage, command: ["sh", "-c", script], engine: engine, settings: settings,
            outputs: ModelFixture.outputs, artifacts: artifacts, environment: environment)
    }

    /// The containers whose names contain `part`.
    static func containers(named part: String) async throws -> [Substring] {
        try await engine.command(
            ["ps", "--all", "--filter", "name=\(part)", "--format", "{{.Names}}"], purpose: "list containers"
        ).split(separator: "\n")
    }
}
