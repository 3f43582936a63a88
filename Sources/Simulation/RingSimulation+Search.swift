internal import DequeModule
internal import ParameterSpace

/// A master's batch of proposals.
struct Expansion {
    let points: Int
    var proposals: [(point: PointTable.Number, priority: Int)] = []
}

/// A master's memory of recent proposals: the last half million, and up to half a million before.
struct ProposalMemory {
    /// For each point, the generation of its last proposal; 0 if it was not proposed.
    private var generations: [UInt8] = []
    private var current: UInt8 = 1
    private var count = 0
    private static let size = 500_000

    mutating func addPoint() { generations.append(0) }

    func contains(_ point: PointTable.Number) -> Bool {
        let generation = generations[Int(point)]
        return generation != 0 && (generation == current || generation == (current == 1 ? 255 : current - 1))
    }

    mutating func remember(_ point: PointTable.Number) {
        if count >= Self.size {
            current = current == 255 ? 1 : current + 1
            count = 0
        }
        if generations[Int(point)] != current { count += 1 }
        generations[Int(point)] = current
    }
}

/// The masters: they ask the search for the points that follow from finished points and propose them. Also the
/// starter's part: plans and batches of a global search.
extension RingSimulation {
    /// A plan's points are proposed while fewer than this many wait or run.
    private static let pointsAhead = 20_000

    private var hasRoom: Bool {
        proposals.count + proposalsInWork + main.count + workers.busyCount + delayed + abandoned < Self.pointsAhead
    }

    /// Returns a point's number and adds the point if it is new.
    private mutating func number(_ point: Point) -> PointTable.Number {
        let (number, isNew) = points.number(of: point)
        if isNew {
            flags.append(PointFlags())
            memory.addPoint()
        }
        return number
    }

    /// Puts a point into `main_sql` unless it is there.
    mutating func propose(_ point: Point, priority: Int) {
        propose(number(point), priority: priority)
    }

    private mutating func propose(_ point: PointTable.Number, priority: Int) {
        guard !flags[Int(point)].isProposed else { return }
        flags[Int(point)].isProposed = true
        // A later proposal of a known point does not change its priority.
        if !flags[Int(point)].isInLedger { flags[Int(point)].priority = priority }
        proposals.append(point, priority: priority)
        jobs += 1
    }

    /// Lets a plan or a global search propose points when they are due.
    mutating func proposeNextBatch() {
        switch search {
        case .local:
            guard jobs == 0, let following else { return }
            search = following
            self.following = nil
            for point in flags.indices where flags[point].isRecorded {
                explore.append(PointTable.Number(point))
                jobs += 1
            }
        case .sequence(let sequence):
            while nextIndex < sequence.count, hasRoom {
                nextIndex += 1
                guard let point = sequence.point(at: nextIndex - 1) else { continue }
                counts.proposals += 1
                propose(point, priority: Proposal.defaultPriority)
            }
        case .global(let search):
            guard jobs == 0, budgetSpent == nil else { return }
            for proposal in search.proposals(knowing: finished, pending: [], atMost: batchOfPlan) {
                counts.proposals += 1
                propose(proposal.point, priority: proposal.priority)
            }
        }
    }

    /// Lets idle masters begin a batch.
    mutating func startExpansions() {
        guard case .local(let search) = search else { return }
        for number in masters.indices where masters[number] == nil && !explore.isEmpty {
            var expansion = Expansion(points: min(batchOfMaster, explore.count))
            for _ in 0..<expansion.points {
                if let point = explore.popFirst() { expand(point, search, into: &expansion) }
            }
            exploreInWork += expansion.points
            masters[number] = expansion
            let duration =
                settings.costs.expansion
                + settings.costs.proposal * Double(expansion.points + expansion.proposals.count)
            masterTime += duration
            events.plan(.masterIsDone, at: now + duration, UInt32(number))
        }
    }

    private mutating func expand(
        _ point: PointTable.Number, _ search: any LocalSearch, into expansion: inout Expansion
    ) {
        let finished = FinishedPoint(point: points.point(point), isStable: flags[Int(point)].isStable)
        var verdicts: [Point: Bool] = [:]
        for question in search.questions(about: finished) {
            guard let asked = points.find(question), flags[Int(asked)].isRecorded else { continue }
            verdicts[question] = flags[Int(asked)].isStable
        }
        for proposal in search.proposals(after: finished, knowing: verdicts) {
            counts.proposals += 1
            let proposed = number(proposal.point)
            if !memory.contains(proposed) { expansion.proposals.append((proposed, proposal.priority)) }
        }
    }

    mutating func endExpansion(_ number: Int) {
        guard let expansion = masters[number] else { return }
        masters[number] = nil
        exploreInWork -= expansion.points
        jobs -= expansion.points
        for (point, priority) in expansion.proposals {
            propose(point, priority: priority)
            memory.remember(point)
        }
    }
}
