public import Logging

/// One connection to a Redis server, for any number of concurrent callers.
///
/// Callers do not wait for each other's replies. While the server replies quickly, the commands that are queued until
/// its next reply are sent as one pipeline. If no reply comes for 20 ms, they are sent nevertheless, and every further
/// command at once. The server carries out commands, and replies to them, in the order in which they were sent.
///
/// The connection has a dedicated thread. If it breaks, it reconnects after growing pauses; commands that were not sent
/// yet wait for that, within their time limit. A command that was sent before the connection broke throws
/// ``RedisError/Code/closed``: it may have been carried out or not.
///
/// - Important: A blocking command (`BLPOP`) delays every command behind it; use a separate connection for it.
///
/// A command runs to its end or its time-out even if the calling task is cancelled.
public final class RedisConnection: Sendable {
    /// The address of the server, and the limits for commands.
    public let configuration: RedisConfiguration

    private let link: ConnectionLink

    private init(configuration: RedisConfiguration, link: ConnectionLink) {
        self.configuration = configuration
        self.link = link
    }

    deinit {
        link.close()
    }

    /// Connects, and waits until the server replies: it may still be loading its data.
    /// - Throws: ``RedisError`` if nothing listens at the address, the server refuses the connection, or the time limit
    ///   passes.
    public static func connect(to configuration: RedisConfiguration, logger: Logger) async throws -> RedisConnection {
        let executor = ConnectionExecutor(pipe: try WakePipe())
        let link = ConnectionLink(configuration: configuration, executor: executor, logger: logger)
        try await link.open()
        return RedisConnection(configuration: configuration, link: link)
    }

    /// Sends a command and returns its reply.
    /// - Parameter limit: the time limit for the reply; `nil` is the configuration's `commandTimeout`.
    /// - Throws: ``RedisError``, also for a reply that is an error.
    public func send(_ command: RedisCommand, limit: Duration? = nil) async throws -> RedisValue {
        // A checked continuation would cost an allocation per command; the pipeline returns every ticket exactly once.
        try await withUnsafeThrowingContinuation { continuation in
            link.submit(command, limit: limit ?? configuration.commandTimeout, continuation)
        }
    }

    /// Sends a command of words and returns its reply.
    /// - Throws: ``RedisError``, also for a reply that is an error.
    public func send(_ words: String...) async throws -> RedisValue {
        var command = RedisCommand()
        for word in words { command.append(word) }
        return try await send(command)
    }

    /// Sends a command whose arguments may be any bytes, and returns its reply.
    /// - Throws: ``RedisError``, also for a reply that is an error.
    public func send(_ arguments: [[UInt8]]) async throws -> RedisValue {
        var command = RedisCommand()
        for argument in arguments { command.append(argument) }
        return try await send(command)
    }

    /// Runs a script by its digest. Sends the script to the server first if the server does not know it.
    /// - Throws: ``RedisError``, also for a reply that is an error.
    public func evaluate(_ script: RedisScript, _ invocation: RedisInvocation) async throws -> RedisValue {
        var call: RedisCommand
        if let known = script.knownCall { call = known } else { call = try await load(script) }
        for _ in 0..<2 {
            do {
                return try await send(RedisCommand(head: call, invocation: invocation))
            } catch let error as RedisError where error.code == .noScript {
                // The server was restarted or its scripts were flushed.
                call = try await load(script)
            }
        }
        return try await send(RedisCommand(head: call, invocation: invocation))
    }

    /// Runs `body` on the connection's thread.
    ///
    /// Use it for a task that makes one call to this connection after the other. The thread that received a reply then
    /// resumes the task and sends its next command. An ordinary task pays for two changes of threads with each call,
    /// which cost more than the call itself. Child tasks run on that thread as well. Any number of tasks may use it;
    /// the commands that they send in one round are sent as one pipeline. If the connection was closed before, `body`
    /// runs on the caller's executor.
    ///
    /// - Important: While `body` calculates or blocks on that thread, no caller of the connection gets replies.
    public func withConnectionThread<Result: Sendable, Failure: Error>(
        _ body: @concurrent @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        guard link.executor.addUser() else { return try await body() }
        defer { link.executor.removeUser() }
        return try await withTaskExecutorPreference(link.executor, operation: body)
    }

    /// Whether ``close()`` was called. A connection that broke is not closed: it reconnects.
    public var isClosed: Bool { link.isClosed }

    /// Closes the connection. Calls that wait for a reply throw ``RedisError/Code/closed``.
    public func close() {
        link.close()
    }

    private func load(_ script: RedisScript) async throws -> RedisCommand {
        var command = RedisCommand("SCRIPT", "LOAD")
        command.append(script.source)
        guard let digest = try await send(command).text else {
            throw RedisError(code: .unexpectedReply, message: "SCRIPT LOAD did not return a digest")
        }
        return script.setDigest(digest)
    }
}
