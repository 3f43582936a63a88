internal import Support

/// A permutation of 0 ..< count that is computed, not stored.
///
/// A Feistel network of four rounds permutes the numbers of an even count of bits; a result beyond the end is permuted
/// again until it is within ("cycle walking": J. Black and P. Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA
/// 2002). Fewer than four tries are needed on average.
struct IndexPermutation: Sendable {
    private let count: UInt64
    private let halfBits: UInt64
    private let key: UInt64

    /// - Precondition: `count` is at least 1.
    init(count: Int, key: UInt64) {
        precondition(count >= 1, "there is nothing to permute")
        self.count = UInt64(count)
        let bits = UInt64(64 - (self.count - 1).leadingZeroBitCount)
        halfBits = max(1, (bits + 1) / 2)
        self.key = key
    }

    /// - Parameter index: 0 ..< count.
    subscript(index: Int) -> Int {
        var value = UInt64(index)
        repeat { value = round(value) } while value >= count
        return Int(value)
    }

    private func round(_ value: UInt64) -> UInt64 {
        let mask = (1 << halfBits) - 1 as UInt64
        var (left, right) = (value >> halfBits, value & mask)
        for number in 0..<4 as Range<UInt64> {
            (left, right) = (right, left ^ (SplitMix64.mix(key, number, right) & mask))
        }
        return left << halfBits | right
    }
}
