internal import LeaseQueue
internal import ParameterSpace

/// Turns the proposals of one batch into jobs for `main_sql`, each point once.
struct ProposalJobs {
    let space: Space
    private var known: Set<PointHash> = []
    private var names: [Point: String] = [:]

    init(space: Space) { self.space = space }

    /// Remembers the hash of a point that may be a parent, since it is costly to work out.
    mutating func name(_ point: Point, _ hash: String) {
        names[point] = hash
    }

    /// The jobs of the points that this batch has not proposed yet, in their order.
    ///
    /// - Parameter isNew: which points are meant.
    mutating func jobs(
        _ proposals: [Proposal], where isNew: (PointHash) -> Bool = { _ in true }
    ) -> [(hash: PointHash, job: Job)] {
        proposals.compactMap { proposal in
            let hash = space.hash(of: proposal.point)
            guard isNew(hash), known.insert(hash).inserted else { return nil }
            let job = Job.point(
                hash, code: proposal.point.code, parent: proposal.parent.map { name(of: $0) },
                priority: proposal.priority)
            return (hash, job)
        }
    }

    private mutating func name(of point: Point) -> String {
        if let name = names[point] { return name }
        let name = space.hash(of: point).description
        names[point] = name
        return name
    }
}
