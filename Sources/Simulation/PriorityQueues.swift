internal import DequeModule
internal import ParameterSpace

/// Waiting elements: the highest priority first and, within a priority, first in, first out.
struct PriorityQueues<Element> {
    private var queues = [Deque<Element>](repeating: [], count: Proposal.priorities.count)
    private(set) var count = 0

    mutating func append(_ element: Element, priority: Int) {
        queues[priority].append(element)
        count += 1
    }

    /// Puts an element back to the front of its queue.
    mutating func prepend(_ element: Element, priority: Int) {
        queues[priority].prepend(element)
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        for priority in queues.indices.reversed() {
            guard let element = queues[priority].popFirst() else { continue }
            count -= 1
            return element
        }
        return nil
    }

    /// Removes and returns the next elements, at most `limit`.
    mutating func popFirst(upTo limit: Int) -> [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(min(limit, count))
        while elements.count < limit, let element = popFirst() { elements.append(element) }
        return elements
    }
}
