internal import FoundationEssentials
package import SystemPackage

/// The profiles of a run's atmosphere, from the files that it kept.
package struct VPLAtmosProfile: Sendable {
    /// A quantity against altitude.
    package typealias Curve = [(altitude: Double, value: Double)]

    /// The species, in the order of the file's columns.
    package let species: [String]
    /// The temperature in K against the altitude in km, as the photochemistry used it.
    package let temperature: Curve
    /// The temperature in K against the altitude in km, as the climate left it; empty if it did not complete.
    package let climateTemperature: Curve

    private let altitudes: [Double]
    private let columns: [String: [Double]]

    /// The largest size of a decompressed file.
    private static let byteLimit = 256 << 20
    private static let profile = "PTZ_mixingratios_out.dist"
    private static let climate = "clima_allout.tab"

    /// Reads the files in a folder, each compressed with gzip or not.
    ///
    /// - Throws: ``Unreadable`` if the mixing ratios are missing, or a file is damaged.
    package init(filesIn folder: FilePath) throws(Unreadable) {
        guard let bytes = try Self.bytes(of: Self.profile, in: folder) else {
            throw Unreadable(
                description: "\(folder) has no \(Self.profile).gz; the run did not keep it, or did not reach it")
        }
        guard let columns = MixingRatioProfile.columns(bytes), let heights = columns["ALT"],
            let temperatures = columns["TEMP"]
        else { throw Unreadable(description: "\(folder): \(Self.profile) is damaged or incomplete") }
        self.columns = columns
        altitudes = heights.map { $0 / 1e5 }
        temperature = Array(zip(altitudes, temperatures)).map { (altitude: $0, value: $1) }
        species = columns.keys.filter { !["PRESS", "TEMP", "ALT"].contains($0) }.sorted()
        let report = try Self.bytes(of: Self.climate, in: folder).map { ClimateOutput($0) }
        climateTemperature = report?.levels.map { (altitude: $0.altitude, value: $0.temperature) } ?? []
    }

    /// The mixing ratio of a species against the altitude in km; `nil` if the run does not have it.
    package func mixingRatio(of species: String) -> Curve? {
        columns[species].map { Array(zip(altitudes, $0)).map { (altitude: $0, value: $1) } }
    }

    /// The reason why no profile can be read.
    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    private static func bytes(of name: String, in folder: FilePath) throws(Unreadable) -> [UInt8]? {
        let compressed = folder.appending(name + ".gz")
        do {
            if FileManager.default.fileExists(atPath: compressed.string) {
                return try GzipFile.decompress(compressed, limit: byteLimit)
            }
            let plain = folder.appending(name)
            guard FileManager.default.fileExists(atPath: plain.string) else { return nil }
            return try SmallFile.read(plain, limit: byteLimit)
        } catch {
            throw Unreadable(description: "\(folder): \(name) \(error)")
        }
    }
}
