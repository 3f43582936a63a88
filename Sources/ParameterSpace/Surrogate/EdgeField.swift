/// What is known of an edge: the finished points with their sides, the pairs that straddle it, and a local model of the
/// signed distance to it, positive inside.
struct EdgeField {
    struct Site {
        let coordinates: Lattice.Coordinates
        /// Whether it lies inside.
        let isInside: Bool
        /// How far an output is above its level; nil where the edge is that of the verdict.
        let height: Double?
        let key: LatticeKeys.Key
    }

    /// Two neighbours on different sides.
    struct Pair {
        /// The number of the inner one among the sites.
        let inner: Int
        let axis: Int
        /// 1 or -1: where the outer one lies.
        let direction: Int
    }

    let keys: LatticeKeys
    /// Sorted by their coordinates.
    let sites: [Site]
    let pairs: [Pair]
    private let numbers: [LatticeKeys.Key: Int]
    /// The sites' coordinates, one after the other.
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

    /// Whether a place is inside; nil where that is not known.
    func side(_ key: LatticeKeys.Key) -> Bool? {
        numbers[key].map { sites[$0].isInside }
    }

    /// Whether a place is the inner end of a pair that faces this way.
    func hasPair(at key: LatticeKeys.Key, axis: Int, direction: Int) -> Bool {
        guard side(key) == true else { return false }
        return side(key &+ keys.move(axis, by: direction)) == false
    }

    /// Whether a pair that straddles the edge is known within one step of a place.
    func isSettled(_ key: LatticeKeys.Key) -> Bool {
        keys.aroundOneStep.contains { ends.contains(key &+ $0) }
    }

    /// The model around a place of the edge that has its outside in one direction, from the nearest sites; nil where
    /// those say nothing.
    ///
    /// A thin region has another edge close by, facing the other way. A site is therefore compared with those on the
    /// other side that lie in the direction in which this edge is to be found, and left out where there are none.
    func model(around centre: [Double], axis: Int, outwards: Int) -> LocalGaussianProcess? {
        let near = nearest(to: centre, count: max(24, 8 * centre.count))
        return LocalGaussianProcess(
            near.compactMap { number in
                let site = sites[number]
                var closest = (distance: Double.infinity, height: Double?.none)
                for other in near where sites[other].isInside != site.isInside {
                    let distance = Self.distance(site.coordinates, sites[other].coordinates)
                    let ahead = (sites[other].coordinates[axis] - site.coordinates[axis]) * outwards
                    guard Double(site.isInside ? ahead : -ahead) >= Self.leastCosine * distance else { continue }
                    if distance < closest.distance { closest = (distance, sites[other].height) }
                }
                guard closest.distance < .infinity else { return nil }
                return observation(site, closest.distance, closest.height, centre)
            })
    }

    /// How nearly in the direction of the axis another site must lie: within 72 degrees.
    private static let leastCosine = 0.3

    private func observation(
        _ site: Site, _ distance: Double, _ otherHeight: Double?, _ centre: [Double]
    ) -> LocalGaussianProcess.Observation {
        // Somewhere between a site and the nearest one on the other side the edge runs: of the verdict nothing more is
        // known, and half-way is as good as anywhere; an output tells how far along.
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

    /// The numbers of the sites nearest to a place, nearest first; of equally near ones the first.
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
