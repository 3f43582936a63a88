package import Support

/// Asks a person before something is destroyed.
package enum Confirmation {
    /// - Parameters:
    ///   - warning: what is about to happen.
    ///   - answer: the word that has to be typed.
    ///   - assumed: whether the person has confirmed already, by a flag.
    /// - Throws: ``SettingError`` where the answer is another one.
    package static func ask(_ warning: String, answer: String, assumed: Bool) throws(SettingError) {
        guard !assumed else { return }
        print("\(warning)\nType '\(answer)' to go on: ", terminator: "")
        guard readLine() == answer else {
            throw SettingError(description: "not confirmed, so nothing was changed; --yes goes on without asking")
        }
    }
}
