/// Who does the work.
enum Contestant: String, Codable, CaseIterable {
    case library
    case c
    case redisBenchmark
}
