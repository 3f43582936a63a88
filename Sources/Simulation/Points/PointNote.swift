/// What is known of a point, in one byte.
struct PointNote {
    private var bits: UInt8 = 0

    private subscript(bit: UInt8) -> Bool {
        get { bits & bit != 0 }
        set { bits = newValue ? bits | bit : bits & ~bit }
    }

    /// It lies in `main_sql` or is being taken from there.
    var isProposed: Bool {
        get { self[1] }
        set { self[1] = newValue }
    }

    /// The ledger has it.
    var isInLedger: Bool {
        get { self[2] }
        set { self[2] = newValue }
    }

    /// The ledger has its verdict.
    var isRecorded: Bool {
        get { self[4] }
        set { self[4] = newValue }
    }

    /// Its verdict, once it was run.
    var isStable: Bool {
        get { self[8] }
        set { self[8] = newValue }
    }

    /// 0…9.
    var priority: Int {
        get { Int(bits >> 4) }
        set { bits = bits & 15 | UInt8(newValue) << 4 }
    }
}
