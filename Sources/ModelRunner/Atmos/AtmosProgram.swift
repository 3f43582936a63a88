/// The two programs of Atmos, in the order in which a run needs them.
enum AtmosProgram: String, CaseIterable, Sendable {
    case photochemistry
    case climate

    /// What people call it.
    var name: String {
        switch self {
        case .photochemistry: "PHOTOCHEM"
        case .climate: "CLIMA"
        }
    }

    /// Its file in the package.
    var executable: String {
        switch self {
        case .photochemistry: "Photo.run"
        case .climate: "Clima.run"
        }
    }

    /// The file that it prints to.
    var log: String {
        switch self {
        case .photochemistry: "photo.log"
        case .climate: "clima.log"
        }
    }

    /// The file that tells how far it is, beside its log.
    var report: String {
        switch self {
        case .photochemistry: AtmosFiles.photochemistryReport
        case .climate: AtmosFiles.climateReport
        }
    }
}
