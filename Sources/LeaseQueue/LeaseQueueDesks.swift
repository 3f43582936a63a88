/// Every queue that was named when connecting.
struct LeaseQueueDesks: Sendable {
    let all: [QueueDesk]
    private let byName: [QueueName: QueueDesk]

    init(_ configurations: [QueueConfiguration], namespace: NamespaceKeys, consumer: String) throws {
        all = configurations.map { QueueDesk($0, namespace: namespace, consumer: consumer) }
        byName = Dictionary(all.map { ($0.configuration.name, $0) }) { first, _ in first }
        guard byName.count == all.count else {
            throw LeaseQueueError(.invalidArgument, "A queue is named twice among \(configurations.map(\.name)).")
        }
        for configuration in configurations {
            try configuration.validate()
            if let notice = configuration.deadLetterNotice { _ = try desk(notice) }
        }
    }

    func desk(_ name: QueueName) throws -> QueueDesk {
        guard let desk = byName[name] else {
            throw LeaseQueueError(.unknownQueue, "Queue \(name) was not named when connecting; name it there.")
        }
        return desk
    }
}
