import FoundationEssentials
import SystemPackage
import Yams

/// A container as the node would start it: its command, its environment, and its volumes as folders.
struct PodFiles {
    /// All that kustomize made, for the ConfigMaps.
    let manifests: [Manifest]
    let secrets: Secrets

    /// The command of a container, with its arguments.
    func command(of container: Container) -> [String] {
        ["command", "args"].flatMap { container.node.at($0)?.texts ?? [] }
    }

    /// The environment of a container, without what the node knows alone.
    func environment(of container: Container) -> [String: String] {
        var environment: [String: String] = [:]
        for source in container.node.at("envFrom")?.elements ?? [] {
            environment.merge(configuration(source.text("configMapRef", "name") ?? "")) { $1 }
        }
        for variable in container.node.at("env")?.elements ?? [] {
            if let name = variable.text("name"), let value = variable.text("value") { environment[name] = value }
        }
        return environment
    }

    /// Makes the folders that a container mounts, below `root`.
    func mount(_ container: Container, below root: FilePath) throws {
        let volumes = container.pods.spec.at("volumes")?.elements ?? []
        for mount in container.node.at("volumeMounts")?.elements ?? [] {
            guard let path = mount.text("mountPath"), mount.at("subPath") == nil else { continue }
            let folder = root.pushing(FilePath(String(path.dropFirst())))
            try Files.makeFolder(folder)
            guard let volume = volumes.first(where: { $0.text("name") == mount.text("name") }) else { continue }
            if volume.at("emptyDir") != nil {
                try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: folder.string)
            }
            for source in [volume] + (volume.at("projected", "sources")?.elements ?? []) {
                for (name, text) in files(of: source) { try Files.write(text, to: folder.appending(name)) }
            }
        }
    }

    private func files(of source: Node) -> [String: String] {
        if let name = source.text("configMap", "name") { return configuration(name) }
        guard let secret = source.at("secret"),
            let values = secrets.values[secret.text("secretName") ?? secret.text("name") ?? ""]
        else { return [:] }
        guard let items = secret.at("items")?.elements else { return values }
        var files: [String: String] = [:]
        for item in items { files[item.text("path") ?? ""] = values[item.text("key") ?? ""] }
        return files
    }

    private func configuration(_ name: String) -> [String: String] {
        manifests.first { $0.title == "ConfigMap/\(name)" }?.node.at("data")?.fields ?? [:]
    }
}
