internal import ParameterSpace

/// The points that a master proposed lately, so that it does not propose them again and again: in the interior of a
/// stable region every point is a neighbour of as many others as it has neighbours itself.
///
/// Only an optimisation: what was forgotten is proposed once more, and the ledger says that it is known. Memory is
/// bounded; the older half is forgotten at once when the younger one is full.
struct RecentProposals {
    /// 128 of the hash's 256 bits: still no two points of any exploration share them.
    private struct Key: Hashable {
        let high: UInt64
        let low: UInt64

        init(_ hash: PointHash) {
            func word(from start: Int) -> UInt64 {
                hash.bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
            }
            high = word(from: 0)
            low = word(from: 8)
        }

        /// The bits are those of a cryptographic digest, so one word of them is as good as any hash of both.
        func hash(into hasher: inout Hasher) {
            hasher.combine(low)
        }
    }

    private let generation: Int
    private var younger: Set<Key> = []
    private var older: Set<Key> = []

    /// - Parameter generation: how many points each half holds; 16 to 32 bytes a point.
    init(generation: Int = 500_000) {
        self.generation = generation
    }

    /// Whether the point was proposed lately.
    func contains(_ hash: PointHash) -> Bool {
        let key = Key(hash)
        return younger.contains(key) || older.contains(key)
    }

    /// Remembers a proposal. To be called once the queue has it, never before: a proposal that is remembered but was
    /// never made would be a point that nobody runs.
    mutating func remember(_ hash: PointHash) {
        if younger.count >= generation {
            older = younger
            younger = []
        }
        younger.insert(Key(hash))
    }

    /// Forgets everything, when what the queue was told may have been lost.
    mutating func forget() {
        younger = []
        older = []
    }
}
