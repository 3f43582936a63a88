internal import Exploration
internal import LeaseQueue
internal import Logging

extension QueuesOptions {
    /// Tells the consumers of some queues, or of all, what they are to do.
    func setControl(_ state: ControlState, for names: [QueueArgument], logger: Logger) async throws {
        try await withQueues(as: "control", logger: logger) { queues, _ in
            if names.isEmpty {
                try await queues.setControl(state)
            } else {
                for name in names { try await queues.setControl(state, for: name.name) }
            }
            let shown = names.isEmpty ? "all queues are" : "\(names.map(\.name.rawValue).joined(separator: ", ")):"
            print("\(shown) told to \(state.rawValue)")
        }
    }
}
