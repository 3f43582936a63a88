/// What is asked of the API server, for the sentences about it.
struct Operation: Sendable {
    /// As in "could not VERB Job 'a'".
    let verb: String
    let resource: ResourceType?
    var name: String?
    var namespace: String?

    /// `create Job 'a' in namespace 'n'`.
    var phrase: String {
        guard let resource else { return verb }
        var phrase = "\(verb) "
        if let name { phrase += "\(resource.kind) '\(name)'" } else { phrase += resource.plural }
        if resource.isNamespaced, let namespace { phrase += " in namespace '\(namespace)'" }
        return phrase
    }
}
