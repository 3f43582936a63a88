import Yams

extension Node {
    /// What is at a path of keys and indices, such as `"spec", "containers", "0", "image"`; nil where there is nothing.
    func at(_ path: String...) -> Node? {
        var node = self
        for key in path {
            guard let next = node.child(key) else { return nil }
            node = next
        }
        return node
    }

    /// The text at a path.
    func text(_ path: String...) -> String? {
        var node: Node? = self
        for key in path { node = node?.child(key) }
        return node?.string
    }

    /// The elements of a sequence; none where this is none.
    var elements: [Node] { sequence.map(Array.init) ?? [] }

    /// The texts of a sequence.
    var texts: [String] { elements.compactMap(\.string) }

    /// The keys and values of a mapping that are texts.
    var fields: [String: String] {
        var fields: [String: String] = [:]
        for (key, value) in mapping ?? [:] {
            if let key = key.string, let value = value.string { fields[key] = value }
        }
        return fields
    }

    /// Every scalar with the path that leads to it, in which an element of a list has its name where it has one; so the
    /// order of keys and of named elements does not count.
    var leaves: Set<String> {
        if let mapping {
            return Set(mapping.flatMap { key, value in value.leaves.map { "\(key.string ?? "").\($0)" } })
        }
        if let sequence {
            return Set(
                sequence.enumerated().flatMap { index, element in
                    element.leaves.map { "\(element.text("name") ?? String(index)).\($0)" }
                })
        }
        return [string ?? ""]
    }

    /// This with something else at a path; nil takes out what is there. Mappings that are missing are made.
    func setting(_ path: ArraySlice<String>, to value: Node?) -> Node? {
        guard let key = path.first else { return value }
        let child = child(key)?.setting(path.dropFirst(), to: value) ?? Self.made(path.dropFirst(), value)
        if var sequence, let index = Int(key) {
            if let child { sequence[index] = child } else { sequence.remove(at: index) }
            return .sequence(sequence)
        }
        var mapping = self.mapping ?? [:]
        mapping[key] = child
        return .mapping(mapping)
    }

    private static func made(_ path: ArraySlice<String>, _ value: Node?) -> Node? {
        guard let key = path.first else { return value }
        return made(path.dropFirst(), value).map { [Node(key): $0] }
    }

    private func child(_ key: String) -> Node? {
        if let sequence, let index = Int(key) { return sequence.indices.contains(index) ? sequence[index] : nil }
        return mapping?[key]
    }
}
