internal import ExplorationFile
internal import Yams

/// Reads the table of machines, a YAML file like `config/scaler/nodes.yaml`.
package enum NodeTableReader {
    /// - Throws: `DefinitionError` with everything that is wrong, each with its line.
    package static func read(file: String) throws -> NodeTable {
        try read(text: YAMLFile.text(of: file), file: file)
    }

    /// - Parameter file: how messages name it.
    package static func read(text: String, file: String) throws -> NodeTable {
        let diagnostics = DiagnosticList()
        let root = DefinitionSection(
            try YAMLFile.compose(text, file: file), title: "the table of machines", keys: ["nodes"],
            diagnostics: diagnostics)
        var names: Set<String> = []
        var shapes: [NodeShape] = []
        if let root, root.required("nodes") != nil {
            for node in root.list("nodes") ?? [] {
                guard let shape = shape(node, diagnostics) else { continue }
                if !names.insert(shape.name + "\n" + shape.group).inserted {
                    diagnostics.add(
                        "the machine '\(shape.name)' of the group '\(shape.group)' is there twice", at: node)
                }
                shapes.append(shape)
            }
        }
        guard diagnostics.diagnostics.isEmpty else {
            throw DefinitionError(file: file, diagnostics: diagnostics.diagnostics)
        }
        return NodeTable(shapes: shapes)
    }

    private static func shape(_ node: Node, _ diagnostics: DiagnosticList) -> NodeShape? {
        let keys = ["name", "group", "cpus", "ram", "hdd", "gpus", "price"]
        guard let section = DefinitionSection(node, title: "a machine", keys: keys, diagnostics: diagnostics)
        else { return nil }
        let name = section.requiredString("name")
        let group = section.requiredString("group")
        let cpus = amount("cpus", of: section)
        let ram = amount("ram", of: section)
        let hdd = amount("hdd", of: section)
        let price = amount("price", of: section)
        let gpus = section.has("gpus") ? section.integer("gpus", in: 0...64) : 0
        guard let name, let group, let cpus, let ram, let hdd, let gpus, let price else { return nil }
        return NodeShape(
            name: name, group: group, room: RunResources(cpus: cpus, ram: ram, disk: hdd, gpus: gpus),
            price: price.doubleValue)
    }

    private static func amount(_ key: String, of section: DefinitionSection) -> Quantity? {
        guard section.required(key) != nil, let text = section.string(key) else { return nil }
        if let amount = Quantity(text), amount.billionths >= 0 { return amount }
        section.report("\(section.title): '\(key)' is '\(text)', but must be an amount: 3.92, 500m, 13.5Gi", at: key)
        return nil
    }
}
