package import Testing

/// Waits until a value meets a condition, and returns it. If that does not happen in time, records an issue at the caller
/// that shows the last value, and throws, so that the test ends there.
///
/// - Parameters:
///   - what: completes the sentence "… within 30 s".
///   - limit: long enough for a machine under heavy load; a condition that holds ends the wait at once.
///   - value: reads the value. An error that it throws ends the wait.
///   - isMet: whether this is the value that is waited for.
@discardableResult
package func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(60), _ value: () async throws -> Value,
    until isMet: (Value) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> Value {
    let end = ContinuousClock.now.advanced(by: limit)
    var pause = Duration.milliseconds(2)
    while true {
        let last = try await value()
        if isMet(last) { return last }
        guard ContinuousClock.now < end else {
            let failure = ConditionNotMet(description: "\(what): not within \(limit); the last value was \(last)")
            Issue.record(failure, sourceLocation: sourceLocation)
            throw failure
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(100))
    }
}

/// Waits until a condition holds. If that does not happen in time, records an issue at the caller, and throws.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: limit, condition, until: { $0 }, sourceLocation: sourceLocation)
}

/// A condition that a test waited for in vain.
package struct ConditionNotMet: Error, CustomStringConvertible {
    package let description: String
}
