/// The version of the API server.
package struct ServerVersion: Decodable, Sendable, Hashable, CustomStringConvertible {
    /// `1`.
    package let major: String
    /// `34`, on some services `34+`.
    package let minor: String
    /// `v1.34.9`.
    package let gitVersion: String

    /// `v1.34.9`.
    package var description: String { gitVersion }
}
