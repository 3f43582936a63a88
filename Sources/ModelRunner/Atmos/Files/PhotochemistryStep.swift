/// One iteration of the photochemistry, as it is printed to the log and to `out.out`:
///
///     N =   40  EMAX = 6.25E-11 FOR OCS     AT Z = 4.18E+06 U = 1.53E-15 RHS =-9.55E-26  DT = 3.15E+18  TIME = 7.87E+17
struct PhotochemistryStep: Equatable {
    /// The number of the iteration; nil where it did not fit its field.
    let iteration: Int?
    /// The greatest relative change of any species at any height.
    let emax: Double
    /// The time that was reached, in seconds of the model.
    let time: Double
    /// Whether any number of the line is not one.
    let hasNaN: Bool

    /// Reads a line; nil where it is another one.
    init?(_ line: ArraySlice<UInt8>) {
        let line = line.unindented
        guard line.starts(with: "N =".utf8), let emax = line.number(after: "EMAX ="),
            let time = line.number(after: "TIME =")
        else { return nil }
        iteration = line.integer(after: "N =").flatMap { $0 > 0 ? $0 : nil }
        self.emax = emax
        self.time = time
        hasNaN = emax.isNaN || time.isNaN || line.contains(text: "NaN")
    }
}
