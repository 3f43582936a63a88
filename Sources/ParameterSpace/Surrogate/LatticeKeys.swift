internal import Support

/// Numbers for the places of a lattice, made so that the number of a place moved by something is the number of the
/// place plus that of the move.
///
/// A number is the sum of the coordinates times one odd 64-bit constant each, modulo 2⁶⁴. Two of n places share one by
/// chance with probability n²/2⁶⁵: below one in 10¹¹ for ten thousand places.
struct LatticeKeys {
    typealias Key = UInt64

    private let factors: [UInt64]
    /// The numbers of all moves of at most one step on each axis, standing still included.
    let aroundOneStep: [Key]

    init(dimensions: Int) {
        factors = (0..<UInt64(dimensions)).map { SplitMix64.mix($0, 0x5EED) | 1 }
        aroundOneStep = factors.reduce([0]) { moves, factor in moves.flatMap { [$0 &- factor, $0, $0 &+ factor] } }
    }

    func key(_ coordinates: Lattice.Coordinates) -> Key {
        zip(factors, coordinates).reduce(0) { $0 &+ $1.0 &* Key(bitPattern: Int64($1.1)) }
    }

    /// The number of a move along one axis.
    func move(_ axis: Int, by distance: Int) -> Key {
        factors[axis] &* Key(bitPattern: Int64(distance))
    }
}
