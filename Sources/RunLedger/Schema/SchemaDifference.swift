/// How a definition's columns differ from the registered ones.
struct SchemaDifference {
    /// What cannot be brought together, a phrase each; empty where the definition fits.
    private(set) var contradictions: [String] = []
    /// How many of the definition's outputs, at its end, are new.
    let addedOutputs: Int

    /// Outputs may be added at the end; everything else must be as it was. Descriptions may change.
    init(registered: ExplorationSchema, wanted: ExplorationSchema) {
        addedOutputs = max(0, wanted.outputs.count - registered.outputs.count)
        if registered.table != wanted.table {
            contradictions.append("its table is “\(registered.table)”, not “\(wanted.table)”")
        }
        compare("parameter", registered.parameters, wanted.parameters, mayGrow: false)
        compare("output", registered.outputs, wanted.outputs, mayGrow: true)
    }

    private mutating func compare(
        _ role: String, _ old: [ExplorationSchema.Column], _ new: [ExplorationSchema.Column], mayGrow: Bool
    ) {
        for position in 0..<max(old.count, new.count) {
            let place = "\(role) \(position + 1)"
            switch (position < old.count ? old[position] : nil, position < new.count ? new[position] : nil) {
            case (let old?, let new?) where old.name != new.name:
                contradictions.append("\(place) is “\(old.name)”, not “\(new.name)”")
            case (let old?, let new?) where old.unit != new.unit:
                contradictions.append("the unit of “\(old.name)” is “\(old.unit)”, not “\(new.unit)”")
            case (let old?, nil):
                contradictions.append("\(place), “\(old.name)”, is missing")
            case (nil, let new?) where !mayGrow:
                contradictions.append("\(place), “\(new.name)”, is not registered")
            default: break
            }
        }
    }
}
