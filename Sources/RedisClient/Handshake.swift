internal import Glibc

/// What a new connection says first: who we are, which database, and whether the server serves already.
enum Handshake {
    static func perform(
        _ configuration: RedisConfiguration, _ socket: borrowing Socket, _ reader: borrowing ReplyReader,
        _ buffer: UnsafeMutableRawBufferPointer, deadline: ContinuousClock.Instant
    ) throws {
        let commands = commands(configuration)
        var outgoing = OutgoingBytes()
        for command in commands { outgoing.append(command) }
        while !outgoing.isEmpty {
            switch outgoing.withUnsafeBytes({ Socket.send($0, to: socket.descriptor) }) {
            case .bytes(let count): outgoing.remove(count)
            case .wouldBlock: try waitOrThrow(socket, POLLOUT, configuration, deadline)
            case .broken(let reason): throw broken(configuration, reason)
            }
        }
        var missing = commands.count
        while missing > 0 {
            while missing > 0, let reply = try reader.next() {
                missing -= 1
                if case .error(let text) = reply { throw refusal(text, configuration) }
            }
            if missing == 0 { return }
            try waitOrThrow(socket, POLLIN, configuration, deadline)
            switch socket.receive(into: buffer) {
            case .bytes(let count): try reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .wouldBlock: break
            case .broken(let reason): throw broken(configuration, reason)
            }
        }
    }

    private static func commands(_ configuration: RedisConfiguration) -> [RedisCommand] {
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            commands.append(
                configuration.user.map { RedisCommand("AUTH", $0, password) } ?? RedisCommand("AUTH", password))
        }
        if configuration.database != 0 { commands.append(RedisCommand("SELECT", String(configuration.database))) }
        commands.append(RedisCommand("PING"))
        return commands
    }

    private static func refusal(_ text: String, _ configuration: RedisConfiguration) -> RedisError {
        let error = RedisError.reply(text)
        // A wrong password is answered by WRONGPASS or, by old servers and with no user, by a plain ERR.
        let isAuthentication = error.code == .authentication || text.contains("AUTH")
        return RedisError(
            code: isAuthentication ? .authentication : error.code,
            message: "Redis at \(configuration) refused the connection: \(text)"
                + (isAuthentication ? " Check the user and the password in the URL." : ""))
    }

    private static func broken(_ configuration: RedisConfiguration, _ reason: String) -> RedisError {
        RedisError(code: .closed, message: "Redis at \(configuration) closed the new connection (\(reason)).")
    }

    private static func waitOrThrow(
        _ socket: borrowing Socket, _ events: Int32, _ configuration: RedisConfiguration,
        _ deadline: ContinuousClock.Instant
    ) throws {
        guard socket.wait(for: events, until: deadline) else {
            throw RedisError(
                code: .timeout, message: "Redis at \(configuration) accepted a connection, but did not answer in time.")
        }
    }
}
