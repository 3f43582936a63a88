extension RedisError {
    /// The error that the server spells out in a reply of type error.
    static func reply(_ text: String) -> RedisError {
        let text = withoutArguments(text)
        let meaning = Meaning(word: word(of: text), text: text)
        return RedisError(
            code: meaning.code, message: "Redis answered: \(text)" + (meaning.advice.map { " \($0)" } ?? ""))
    }

    /// What a server's error means for us.
    private struct Meaning {
        let code: Code
        let advice: String?

        init(word: Substring, text: String) {
            (code, advice) =
                switch word {
                case "NOSCRIPT": (.noScript, nil)
                case "NOAUTH": (.authentication, "Give a user and a password.")
                case "WRONGPASS": (.authentication, "Check the user and the password.")
                case "NOPERM": (.permission, "Grant this user the command and the keys (ACL SETUSER).")
                case "DENIED": (.permission, "Set a password, or bind the server to an address (protected-mode).")
                case "LOADING", "MASTERDOWN", "TRYAGAIN", "BUSY": (.loading, nil)
                case "CLUSTERDOWN": (.loading, "See CLUSTER INFO there.")
                case "OOM": (.outOfMemory, "Raise maxmemory, or let consumers work the queues down.")
                case "MISCONF":
                    (.misconfigured, "It cannot write its data to its disk: see its log, and make room there.")
                case "READONLY", "UNBLOCKED":
                    (.readOnly, "It is a replica: a fail-over may be under way; if not, give the master's address.")
                case "WRONGTYPE": (.server, "Another program has made a key of this name, or has changed it.")
                case "NOREPLICAS":
                    (.readOnly, "It has lost its replicas: a fail-over may be under way; if not, start them again.")
                case "MOVED":
                    (
                        .moved,
                        "It is a node of a cluster, and this key lies on another one: give that node's address. All keys "
                            + "of one namespace lie on one node."
                    )
                case "ASK":
                    (.moved, "The key is just being moved to another node of a cluster; go on there when that is done.")
                case _ where text.contains("max number of clients"):
                    (.connectionRefused, "Raise maxclients, or close connections.")
                default: (.server, nil)
                }
        }
    }

    /// The word that says what kind of error it is. Servers before 7.0 wrap the error of a command in a script into one
    /// of their own, which quotes it behind a hyphen.
    private static func word(of text: String) -> Substring {
        let isWrapped = text.hasPrefix("ERR Error running script")
        let inner = isWrapped ? text.split(separator: ": -", maxSplits: 1).last! : text[...]
        return inner.prefix { $0 != " " }
    }

    /// The text without the arguments that servers quote of a command they do not know: they may be secrets.
    private static func withoutArguments(_ text: String) -> String {
        let mark = ", with args beginning with:"
        guard let start = text.firstRange(of: mark)?.lowerBound else { return text }
        return text[..<start] + "."
    }
}
