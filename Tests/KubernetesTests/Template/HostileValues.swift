import Yams

/// Texts that mean something to YAML, to Stencil or to a shell, and must mean nothing as values.
enum HostileValues {
    static let all: [String] = [
        "", " ", "\n", "\nspec: {hostNetwork: true}", "x\n    y: z", "\"", "'", "\\", "\\\"", "\" , evil: \"1",
        "' , evil: '1",
        "x: y", "x #y", "# x", "- a", "? a", "a: b: c", "{", "}", "[", "]", "{{ pods }}", "{% if %}", "}}", "&a", "*a",
        "!a",
        "!!int 5", "|", ">", "%YAML 1.1", "---", "...", "\n---\nkind: Pod\n", "\n...\n", "yes", "no", "on", "null", "~",
        "true",
        "1", "0x1F", "1e3", "012", "12:30:45", "2026-01-01", ".inf", ".nan", "<<", "=", "`", "@", "\t", "a\tb",
        "a\r\nb", "\r",
        "\u{85}", "\u{2028}", "é", "日本", "👩‍🚀", "\u{301}", "\u{E000}0\u{E001}", "\u{E001}", "$(rm -rf /)",
        "a  b",
        " a", "a ", "\n\n a\n\n", String(repeating: "long ", count: 300), "C:\\path",
        "{\"point\": {\"code\": \"0.21,…\"}}",
    ]

    /// 64 KiB of what is hostile, with ends of lines.
    static let long = String(
        String(repeating: "a: b #c '\"{{ x }}%é\n- [", count: 4096).prefix(65_536))
}

extension Node {
    /// The scalars of a tree, in order.
    var scalars: [String] {
        switch self {
        case .scalar(let scalar): [scalar.string]
        case .sequence(let sequence): sequence.flatMap(\.scalars)
        case .mapping(let mapping): mapping.flatMap { $0.key.scalars + $0.value.scalars }
        case .alias: []
        }
    }

    /// The shape of a tree: nothing but where scalars, lists and mappings are.
    var shape: String {
        switch self {
        case .scalar: "s"
        case .sequence(let sequence): "[" + sequence.map(\.shape).joined() + "]"
        case .mapping(let mapping): "{" + mapping.map { $0.key.shape + $0.value.shape }.joined() + "}"
        case .alias: "*"
        }
    }
}
