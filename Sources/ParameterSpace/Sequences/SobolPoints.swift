/// Sobol's points on the values of the axes.
struct SobolPoints: PointSequence {
    let cube: GridCube
    let sequence: SobolSequence
    let count: Int

    func point(at index: Int) -> Point? {
        let numbers = zip(sequence.point(UInt32(index)), cube.counts).map { coordinate, count in
            // coordinate/2³² of the way, in whole numbers: below `count`, without rounding.
            Int((UInt64(coordinate) * UInt64(count)) >> 32)
        }
        return cube.point(at: numbers)
    }
}
