/// The version of this software, which every attempt is recorded with.
package enum SoftwareVersion {
    package static let current = "0.1.0"
}
