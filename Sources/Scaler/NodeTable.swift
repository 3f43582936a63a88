package import ExplorationFile
internal import Yams

/// A kind of machine that a cluster can have, with its price.
package struct NodeShape: Hashable, Sendable {
    /// The provider's name: `c3-standard-4`.
    package let name: String
    /// The cluster's node group (node pool) with such machines.
    package let group: String
    /// The resources that are left for pods, which is less than the machine has.
    package let allocatable: RunResources
    /// The price per hour, in the table's currency.
    package let price: Double

    package init(name: String, group: String, allocatable: RunResources, price: Double) {
        self.name = name
        self.group = group
        self.allocatable = allocatable
        self.price = price
    }

    /// The number of runs that fit on the machine at the same time.
    package func runs(of need: RunResources) -> Int {
        func times(_ available: Quantity, _ need: Quantity) -> Int {
            need.billionths > 0 ? Int(clamping: available.billionths / need.billionths) : .max
        }
        let fitting = min(
            times(allocatable.cpus, need.cpus), times(allocatable.ram, need.ram), times(allocatable.disk, need.disk),
            need.gpus > 0 ? allocatable.gpus / need.gpus : .max)
        // Unused devices would be paid for.
        return need.gpus == 0 && allocatable.gpus > 0 ? 0 : fitting
    }
}

/// A machine that could run an exploration's model.
package struct NodeOffer: Hashable, Sendable {
    package let shape: NodeShape
    /// The number of runs that fit at the same time.
    package let runs: Int

    /// The price of one run's share of the machine, per hour.
    package var pricePerRun: Double {
        shape.price / Double(runs)
    }
}

/// The machines that a cluster can have, read from a YAML file like `config/scaler/nodes.yaml`.
package struct NodeTable: Hashable, Sendable {
    package let shapes: [NodeShape]

    package init(shapes: [NodeShape]) {
        self.shapes = shapes
    }

    /// Reads a table from a file.
    ///
    /// - Throws: `DefinitionError` with all errors, each with its line.
    package init(file: String) throws {
        try self.init(text: YAMLFile.text(of: file), file: file)
    }

    /// Reads a table from YAML.
    ///
    /// - Parameter file: the name of the table in messages.
    /// - Throws: `DefinitionError` with all errors, each with its line.
    package init(text: String, file: String) throws {
        let diagnostics = DiagnosticList()
        let root = DefinitionSection(
            try YAMLFile.compose(text, file: file), title: "the table of machines", keys: ["nodes"],
            diagnostics: diagnostics)
        var names: Set<String> = []
        var shapes: [NodeShape] = []
        if let root, root.required("nodes") != nil {
            for node in root.list("nodes") ?? [] {
                guard let shape = NodeShape(node, diagnostics) else { continue }
                if !names.insert(shape.name + "\n" + shape.group).inserted {
                    diagnostics.add(
                        "the machine '\(shape.name)' of the group '\(shape.group)' is listed twice", at: node)
                }
                shapes.append(shape)
            }
        }
        guard diagnostics.diagnostics.isEmpty else {
            throw DefinitionError(file: file, diagnostics: diagnostics.diagnostics)
        }
        self.init(shapes: shapes)
    }

    /// The machines that could run a model, cheapest first.
    ///
    /// - Parameter maximumPrice: the highest price per hour; `nil` for no limit.
    package func offers(for need: RunResources, maximumPrice: Double? = nil) -> [NodeOffer] {
        shapes.map { NodeOffer(shape: $0, runs: $0.runs(of: need)) }
            .filter { $0.runs > 0 && $0.shape.price <= maximumPrice ?? .infinity }
            .sorted { ($0.shape.price, $0.shape.name) < ($1.shape.price, $1.shape.name) }
    }
}

extension NodeShape {
    /// The key of the disk space in older tables.
    private static let oldDiskKey = "hdd"

    fileprivate init?(_ node: Node, _ diagnostics: DiagnosticList) {
        let hasOldKey = node[Self.oldDiskKey] != nil && node["disk"] == nil
        let diskKey = hasOldKey ? Self.oldDiskKey : "disk"
        let keys = ["name", "group", "cpus", "ram", diskKey, "gpus", "price"]
        guard let section = DefinitionSection(node, title: "a machine", keys: keys, diagnostics: diagnostics)
        else { return nil }
        let name = section.requiredString("name")
        let group = section.requiredString("group")
        let cpus = Self.amount("cpus", of: section)
        let ram = Self.amount("ram", of: section)
        let disk = Self.amount(diskKey, of: section)
        let price = Self.amount("price", of: section)
        let gpus = section.has("gpus") ? section.integer("gpus", in: 0...64) : 0
        guard let name, let group, let cpus, let ram, let disk, let gpus, let price else { return nil }
        self.init(
            name: name, group: group, allocatable: RunResources(cpus: cpus, ram: ram, disk: disk, gpus: gpus),
            price: price.doubleValue)
    }

    private static func amount(_ key: String, of section: DefinitionSection) -> Quantity? {
        guard section.required(key) != nil, let text = section.string(key) else { return nil }
        if let amount = Quantity(text), amount.billionths >= 0 { return amount }
        section.report("\(section.title): '\(key)' is '\(text)', but must be an amount: 3.92, 500m, 13.5Gi", at: key)
        return nil
    }
}
