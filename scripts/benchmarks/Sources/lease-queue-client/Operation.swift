/// What the client does; the head of `LeaseQueueClient` explains them.
enum Operation: String {
    case enqueue, separate, fused, task, extend, hold, drain, idle
}
