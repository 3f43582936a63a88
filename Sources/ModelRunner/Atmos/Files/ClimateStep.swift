/// One step of the climate, as it is printed to `clima_allout.tab`:
///
///     NST=   400 JCONV= 74 CHG=1.12E-03 dt0=1.00E+04 DIVF(1)=-3.78E-05 DIVFrms= 2.15E-03 DT(ND)=-1.09E-03 T(ND)=2.8743E+02
struct ClimateStep: Equatable {
    /// The number of the step, from 1.
    let number: Int
    /// DIVFrms: the root mean square of the divergence of the flux over all levels.
    let divergence: Double
    /// DT(ND): the last change of the temperature of the lowest level, the surface, in K.
    let surfaceChange: Double
    /// The surface temperature, in K.
    let surfaceTemperature: Double
    /// Whether all numbers of the line are finite.
    let isFinite: Bool

    /// Reads a line; nil where it is another one.
    init?(_ line: ArraySlice<UInt8>) {
        let line = line.unindented
        guard line.starts(with: "NST=".utf8), let number = line.integer(after: "NST="), number > 0,
            let divergence = line.number(after: "DIVFrms="), let change = line.number(after: "DT(ND)="),
            let temperature = line.number(after: " T(ND)=")
        else { return nil }
        self.number = number
        self.divergence = divergence
        surfaceChange = change
        surfaceTemperature = temperature
        let others = ["CHG=", "dt0=", "DIVF(1)="].map { line.number(after: $0) ?? .nan }
        isFinite = ([divergence, change, temperature] + others).allSatisfy(\.isFinite)
    }
}
