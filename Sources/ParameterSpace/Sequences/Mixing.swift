/// Pseudo-random numbers that are a pure function of what they are for.
package enum Mixing {
    /// The finalizer of SplitMix64 (Steele, Lea and Flood 2014): each bit of the argument changes half of the result.
    package static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number for these words, in their order.
    package static func mix(_ words: UInt64...) -> UInt64 {
        words.reduce(0) { mix($0 ^ $1) }
    }

    /// From 0 to just below 1, in steps of 2⁻⁵³.
    package static func unit(_ bits: UInt64) -> Double {
        Double(bits >> 11) * 0x1p-53
    }
}
