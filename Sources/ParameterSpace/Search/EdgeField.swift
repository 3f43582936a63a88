internal import Support

/// The current knowledge of an edge: the finished points with their sides, the pairs that straddle it, and a local
/// model of the signed distance to it (positive inside).
struct EdgeField {
    struct Site {
        let coordinates: Lattice.Coordinates
        /// Whether it is inside.
        let isInside: Bool
        /// The difference between an output and its level; `nil` if the edge is that of the verdict.
        let height: Double?
        let key: LatticeKeys.Key
    }

    /// Two neighbours on different sides.
    struct Pair {
        /// The index of the inner site.
        let inner: Int
        let axis: Int
        /// 1 or -1: the direction of the outer site.
        let direction: Int
    }

    let keys: LatticeKeys
    /// Sorted by coordinates.
    let sites: [Site]
    let pairs: [Pair]
    private let numbers: [LatticeKeys.Key: Int]
    /// The sites' coordinates, concatenated.
    private let places: [Double]
    /// The ends of all pairs.
    private let ends: Set<LatticeKeys.Key>

    init(dimensions: Int, sites unsorted: [(coordinates: Lattice.Coordinates, isInside: Bool, height: Double?)]) {
        let keys = LatticeKeys(dimensions: dimensions)
        let sites = unsorted.sorted { $0.coordinates.lexicographicallyPrecedes($1.coordinates) }.map {
            Site(
                coordinates: $0.coordinates, isInside: $0.isInside, height: $0.height, key: keys.key($0.coordinates))
        }
        let numbers = Dictionary(zip(sites.map(\.key), sites.indices), uniquingKeysWith: { first, _ in first })
        var pairs: [Pair] = []
        var ends: Set<LatticeKeys.Key> = []
        for (number, site) in sites.enumerated() where site.isInside {
            for axis in 0..<dimensions {
                for direction in [-1, 1] {
                    let outer = site.key &+ keys.move(axis, by: direction)
                    guard let other = numbers[outer], !sites[other].isInside else { continue }
                    pairs.append(Pair(inner: number, axis: axis, direction: direction))
                    ends.insert(site.key)
                    ends.insert(outer)
                }
            }
        }
        self.keys = keys
        self.sites = sites
        self.pairs = pairs
        self.numbers = numbers
        places = sites.flatMap { $0.coordinates.map(Double.init) }
        self.ends = ends
    }

    /// Whether a place is inside; `nil` if that is not known.
    func side(_ key: LatticeKeys.Key) -> Bool? {
        numbers[key].map { sites[$0].isInside }
    }

    /// Whether a place is the inner end of a pair that faces in this direction.
    func hasPair(at key: LatticeKeys.Key, axis: Int, direction: Int) -> Bool {
        guard side(key) == true else { return false }
        return side(key &+ keys.move(axis, by: direction)) == false
    }

    /// Whether a pair that straddles the edge is known within one step of a place.
    func isSettled(_ key: LatticeKeys.Key) -> Bool {
        keys.aroundOneStep.contains { ends.contains(key &+ $0) }
    }

    /// The model around a place of the edge with its outside in one direction, from the nearest sites; `nil` if they
    /// are not informative.
    ///
    /// A thin region has another edge close by, facing the opposite way. A site is therefore compared only with sites
    /// on the other side that lie in the direction of this edge, and ignored if there are none.
    func model(around centre: [Double], axis: Int, outwards: Int) -> LocalGaussianProcess? {
        let near = nearest(to: centre, count: max(24, 8 * centre.count))
        return LocalGaussianProcess(
            near.compactMap { number in
                let site = sites[number]
                var closest = (distance: Double.infinity, height: Double?.none)
                for other in near where sites[other].isInside != site.isInside {
                    let distance = Self.distance(site.coordinates, sites[other].coordinates)
                    let ahead = (sites[other].coordinates[axis] - site.coordinates[axis]) * outwards
                    guard Double(site.isInside ? ahead : -ahead) >= Self.minCosine * distance else { continue }
                    if distance < closest.distance { closest = (distance, sites[other].height) }
                }
                guard closest.distance < .infinity else { return nil }
                return observation(site, closest.distance, closest.height, centre)
            })
    }

    /// The largest angle between the axis and the direction to another site, as a cosine: 72 degrees.
    private static let minCosine = 0.3

    private func observation(
        _ site: Site, _ distance: Double, _ otherHeight: Double?, _ centre: [Double]
    ) -> LocalGaussianProcess.Observation {
        // The edge runs somewhere between a site and the nearest one on the other side. With verdicts alone, half-way
        // is the best guess; an output gives an interpolated place.
        var share = 0.5
        var error = distance / 12.0.squareRoot()
        if let height = site.height, let otherHeight, height != otherHeight {
            share = height / (height - otherHeight)
            error *= 0.3
        }
        return LocalGaussianProcess.Observation(
            place: zip(site.coordinates, centre).map { Double($0) - $1 },
            value: (site.isInside ? 1 : -1) * share * distance, error: error)
    }

    private static func distance(_ left: Lattice.Coordinates, _ right: Lattice.Coordinates) -> Double {
        var square = 0.0
        for (left, right) in zip(left, right) { square += Double((left - right) * (left - right)) }
        return square.squareRoot()
    }

    /// The indices of the sites nearest to a place, nearest first; ties keep the order of the sites.
    private func nearest(to centre: [Double], count: Int) -> [Int] {
        var found: [(square: Double, number: Int)] = []
        found.reserveCapacity(count + 1)
        var farthest = Double.infinity
        places.withUnsafeBufferPointer { places in
            var index = 0
            for number in sites.indices {
                var square = 0.0
                for middle in centre {
                    let difference = places[index] - middle
                    square += difference * difference
                    index += 1
                }
                guard square < farthest else { continue }
                var place = found.count
                while place > 0, found[place - 1].square > square { place -= 1 }
                found.insert((square, number), at: place)
                if found.count > count { found.removeLast() }
                if found.count == count { farthest = found[count - 1].square }
            }
        }
        return found.map(\.number)
    }
}

/// Additive hashes of lattice places: the key of a moved place is the sum of the place's key and the move's key.
///
/// A key is the sum of the coordinates times one odd 64-bit constant each, modulo 2⁶⁴. Among n places, two collide with
/// probability n²/2⁶⁵: below one in 10¹¹ for ten thousand places.
struct LatticeKeys {
    typealias Key = UInt64

    private let factors: [UInt64]
    /// The keys of all moves of at most one step on each axis, including the null move.
    let aroundOneStep: [Key]

    init(dimensions: Int) {
        factors = (0..<UInt64(dimensions)).map { SplitMix64.mix($0, 0x5EED) | 1 }
        aroundOneStep = factors.reduce([0]) { moves, factor in moves.flatMap { [$0 &- factor, $0, $0 &+ factor] } }
    }

    func key(_ coordinates: Lattice.Coordinates) -> Key {
        zip(factors, coordinates).reduce(0) { $0 &+ $1.0 &* Key(bitPattern: Int64($1.1)) }
    }

    /// The key of a move along one axis.
    func move(_ axis: Int, by distance: Int) -> Key {
        factors[axis] &* Key(bitPattern: Int64(distance))
    }
}
