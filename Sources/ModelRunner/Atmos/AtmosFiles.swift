/// The places of Atmos's files in the folder of a run.
enum AtmosFiles {
    static let species = "PHOTOCHEM/INPUTFILES/species.dat"
    /// What the photochemistry starts from, and what it leaves for the next one to start from.
    static let photochemistryStart = "PHOTOCHEM/in.dist"
    static let photochemistryEnd = "PHOTOCHEM/OUTPUT/out.dist"
    static let photochemistryReport = "PHOTOCHEM/OUTPUT/out.out"
    static let mixingRatios = "PHOTOCHEM/OUTPUT/PTZ_mixingratios_out.dist"
    static let climateInput = "CLIMA/IO/input_clima.dat"
    /// What the climate starts from, and what it leaves for the next one to start from.
    static let climateStart = "CLIMA/IO/TempIn.dat"
    static let climateEnd = "CLIMA/IO/TempOut.dat"
    static let climateReport = "CLIMA/IO/clima_allout.tab"

    /// Folders that a run begins with, those that hold others first.
    static let folders = [
        "PHOTOCHEM", "PHOTOCHEM/INPUTFILES", "PHOTOCHEM/OUTPUT", "CLIMA", "CLIMA/IO", "COUPLE",
    ]

    /// The files that are kept, compressed, by the name that they are kept under. Of several places the first with
    /// something in it counts.
    static let kept: [(name: String, places: [String])] = [
        ("out.out.gz", [photochemistryReport]), (keptPhotochemistry, [photochemistryEnd]),
        ("species.dat.gz", [species]), ("clima_allout.tab.gz", [climateReport]), (keptClimate, [climateEnd]),
        ("input_clima.dat.gz", [climateInput]),
        // The photochemistry writes the first for the climate; the second is what the run began with.
        ("mixing_ratios.dat.gz", ["COUPLE/mixing_ratios.dat", "CLIMA/IO/mixing_ratios.dat"]),
        ("photo.log.gz", [AtmosProgram.photochemistry.log]), ("clima.log.gz", [AtmosProgram.climate.log]),
    ]

    static let keptPhotochemistry = "out.dist.gz"
    static let keptClimate = "TempOut.dat.gz"
}
