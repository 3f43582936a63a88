package import ExplorationFile

/// A kind of machine that a cluster can have, and what it costs.
package struct NodeShape: Hashable, Sendable {
    /// What the provider calls it: `c3-standard-4`.
    package let name: String
    /// The node group (node pool) of the cluster that has such machines.
    package let group: String
    /// What such a machine leaves for pods, which is less than it has.
    package let room: RunResources
    /// For an hour, in whatever currency the table is in.
    package let price: Double

    package init(name: String, group: String, room: RunResources, price: Double) {
        self.name = name
        self.group = group
        self.room = room
        self.price = price
    }

    /// How many runs fit at the same time.
    package func runs(of need: RunResources) -> Int {
        func times(_ room: Quantity, _ need: Quantity) -> Int {
            need.billionths > 0 ? Int(clamping: room.billionths / need.billionths) : .max
        }
        let least = min(
            times(room.cpus, need.cpus), times(room.ram, need.ram), times(room.disk, need.disk),
            need.gpus > 0 ? room.gpus / need.gpus : .max)
        // A machine with devices that nobody asked for would be paid for nothing.
        return need.gpus == 0 && room.gpus > 0 ? 0 : least
    }
}

/// A machine that could run what is asked for.
package struct NodeOffer: Hashable, Sendable {
    package let shape: NodeShape
    /// How many runs fit at the same time.
    package let runs: Int

    /// For a run's room, for an hour.
    package var pricePerRun: Double {
        shape.price / Double(runs)
    }
}

/// The machines that a cluster can have.
package struct NodeTable: Hashable, Sendable {
    package let shapes: [NodeShape]

    package init(shapes: [NodeShape]) {
        self.shapes = shapes
    }

    /// The machines that could run it, the cheapest first.
    ///
    /// - Parameter maximumPrice: none that costs more for an hour; nil for any.
    package func offers(for need: RunResources, maximumPrice: Double? = nil) -> [NodeOffer] {
        shapes.map { NodeOffer(shape: $0, runs: $0.runs(of: need)) }
            .filter { $0.runs > 0 && $0.shape.price <= maximumPrice ?? .infinity }
            .sorted { ($0.shape.price, $0.shape.name) < ($1.shape.price, $1.shape.name) }
    }
}
