/// What a search for damage found: what no operation of this library could have left behind.
public struct QueueCheck: Sendable, Hashable {
    /// A kind of damage.
    public enum Problem: String, Sendable, Hashable, CaseIterable, Codable {
        /// An id is in a place, but its job is not known. Mended by taking it out.
        case ghost
        /// A job is known, but in no place. Mended by making it ready.
        case lost
        /// A job is in several places. Mended by leaving it in the first of leased, dead, delayed, ready.
        case doubled
        /// A job's record cannot be read. Mended by removing the job.
        case unreadable
        /// A ready job is in the list of another priority. Mended by moving it.
        case wrongPriority
        /// A lease that nobody holds. Mended by making its job ready, at the front.
        case leaseWithoutHolder
        /// A holder without a lease, from whom the job could never be taken back. Mended with a lease of half a minute.
        case holderWithoutLease
        /// A history of no job. Mended by removing it.
        case historyWithoutJob
        /// A history that would stay when its job ends. Mended by noting it with the job.
        case historyNotNoted
        /// More than one wake-up. Mended by leaving one.
        case wakeList
        /// A setting that makes no sense. Mended by removing it; a budget becomes 0.
        case setting
        /// A key holds something of another kind. Somebody else writes there; that is for a person to mend.
        case wrongType
    }

    /// A single damage.
    public struct Finding: Sendable, Hashable {
        /// Its kind.
        public let problem: Problem
        /// The job's id; of settings the field's and of wrong types the key's name.
        public let id: String
        /// Whether it was mended.
        public let isMended: Bool
    }

    /// How many findings are kept.
    public static let bound = 1000

    /// What was found, the first thousand.
    public internal(set) var findings: [Finding] = []
    /// How much was found in all.
    public internal(set) var count = 0
    /// How many jobs were looked at.
    public internal(set) var jobs = 0

    /// Whether all is well.
    public var isClean: Bool { count == 0 }

    init() {}

    /// A damage may be seen from two sides; it counts once.
    mutating func add(_ finding: Finding) {
        guard !findings.contains(finding) else { return }
        count += 1
        if findings.count < Self.bound { findings.append(finding) }
    }
}
