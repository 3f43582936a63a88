internal import ModelRunner
internal import ParameterSpace

/// Reads where a model's command runs: the keys `runtime`, `image`, `container` and `environment` of the model.
struct RuntimeReader {
    /// The keys, which only go with models that are programs.
    static let keys = ["runtime", "image", "container", "environment"]

    let section: DefinitionSection

    func runtime(for command: [String]) -> RuntimeDefinition {
        var runtime = RuntimeDefinition()
        runtime.image = image()
        runtime.kind =
            section.word("runtime", RuntimeDefinition.Kind.self) ?? (runtime.image == nil ? .process : .podman)
        runtime.environment = environment()
        if let container = section.section("container", title: "the container", keys: ["runs", "cpus", "processes"]) {
            runtime.container = settings(container)
        }
        if runtime.image == nil, !section.has("image") {
            if runtime.kind != .process {
                section.report(
                    "\(section.title): the runtime \(runtime.kind.rawValue) needs the key 'image'", at: "runtime")
            }
            if section.has("container") {
                section.report("\(section.title): 'container' only goes with 'image'", at: "container")
            }
        } else {
            check(command)
        }
        return runtime
    }

    private func image() -> String? {
        guard let image = section.string("image") else { return nil }
        guard image.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\-\/:]*(@sha256:[0-9a-f]{64})?/) != nil else {
            section.report(
                "\(section.title): '\(image)' is no name for an image: REGISTRY/NAME:TAG, with or without @sha256:DIGEST",
                at: "image")
            return nil
        }
        return image
    }

    private func settings(_ section: DefinitionSection) -> ContainerSettings {
        var settings = ContainerSettings()
        settings.runs = section.integer("runs", in: 1...1_000_000) ?? settings.runs
        settings.processes = section.integer("processes", in: 1...1_000_000) ?? settings.processes
        if let cpus = section.decimal("cpus")?.doubleValue {
            if cpus < 0.01 || cpus > 1024 {
                section.report("\(section.title): 'cpus' must be from 0.01 to 1024", at: "cpus")
            }
            settings.cpus = cpus
        }
        return settings
    }

    private func environment() -> [String: String] {
        var variables: [String: String] = [:]
        for (name, value) in section.texts("environment") ?? [:] {
            if name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) == nil {
                section.report("\(section.title): '\(name)' is no name for an environment variable", at: "environment")
            }
            variables[name] = value
        }
        return variables
    }

    /// Refuses what can only be meant for this machine.
    private func check(_ command: [String]) {
        if command.contains(where: { $0.contains("{folder}") }) {
            section.report(
                "\(section.title): '{folder}' is a folder of this machine, and the command runs in an image",
                at: "command")
        }
        if let program = command.first, program.contains("/"), !program.hasPrefix("/") {
            section.report(
                "\(section.title): the command's path '\(program)' must begin with '/', since it is one in the image",
                at: "command")
        }
    }
}
