/// Something that holds for all objects of an overlay together.
struct ManifestRule: Sendable, CustomStringConvertible {
    /// What holds, as a sentence.
    let name: String

    /// What breaks it, a sentence for each fault.
    let faults: @Sendable (_ manifests: [Manifest]) -> [String]

    var description: String { name }

    /// Every rule.
    static let all =
        podSecurity + containers + identities + workers + networks + objects + references

    /// A rule about each pod.
    static func pods(_ name: String, _ faults: @escaping @Sendable (Pods) -> [String]) -> ManifestRule {
        ManifestRule(name: name) { manifests in
            manifests.compactMap(\.pods).flatMap { pods in faults(pods).map { "\(pods.owner.title): \($0)" } }
        }
    }

    /// A rule about each container, those that come first included.
    static func eachContainer(
        _ name: String, _ faults: @escaping @Sendable (Container) -> [String]
    ) -> ManifestRule {
        ManifestRule(name: name) { manifests in
            manifests.compactMap(\.pods).flatMap(\.allContainers).flatMap { container in
                faults(container).map { "\(container.title): \($0)" }
            }
        }
    }
}
