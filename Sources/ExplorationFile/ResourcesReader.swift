/// Reads the `resources` of a definition: what a run needs of its machine.
struct ResourcesReader {
    /// Nil where it could not be read.
    let policy: RunPolicy?

    /// What follows from the run's limits where the definition does not say.
    func resources(of root: DefinitionSection) -> RunResources? {
        var resources = RunResources(for: policy ?? RunPolicy())
        guard root.has("resources") else { return resources }
        guard
            let section = root.section("resources", title: "resources", keys: ["cpus", "ram", "hdd", "gpus"])
        else { return nil }
        if let cpus = quantity("cpus", of: section) { resources.cpus = cpus }
        if let hdd = quantity("hdd", of: section) { resources.hdd = hdd }
        if let gpus = section.integer("gpus", in: 0...64) { resources.gpus = gpus }
        if let ram = quantity("ram", of: section) {
            resources.ram = ram
            if let memory = policy?.memoryBytes, ram < Quantity(whole: memory) {
                section.report(
                    "resources: 'ram' is less than what a run may use, \(memory >> 20)Mi (run.memory_mib); a pod of that "
                        + "size would be killed before the run's own limit is reached", at: "ram")
            }
        }
        return resources
    }

    private func quantity(_ key: String, of section: DefinitionSection) -> Quantity? {
        guard let text = section.string(key) else { return nil }
        guard let quantity = Quantity(text), quantity.billionths > 0 else {
            section.report(
                "resources: '\(key)' is '\(text)', but must be an amount above zero as Kubernetes writes it: 2, 500m, "
                    + "1.5Gi, 10G", at: key)
            return nil
        }
        return quantity
    }
}
