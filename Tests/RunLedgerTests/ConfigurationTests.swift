import RunLedger
import Testing

@Suite("Where the ledger is")
struct ConfigurationTests {
    @Test("a URL for TCP is taken apart")
    func tcp() throws {
        let configuration = try LedgerConfiguration(url: "mariadb://anna:s%40crt@db.example:3307/runs")
        #expect(configuration.user == "anna")
        #expect(configuration.host == "db.example")
        #expect(configuration.port == 3307)
        #expect(configuration.database == "runs")
        #expect(configuration.socketPath == nil)
        #expect("\(configuration)" == "mariadb://anna@db.example:3307/runs")
    }

    @Test("a URL for a Unix socket and one with an IPv6 address are taken apart")
    func socketAndAddress() throws {
        let socket = try LedgerConfiguration(url: "mariadb://root@localhost/atmos?socket=/tmp/a%20b/m.sock")
        #expect(socket.socketPath == "/tmp/a b/m.sock")
        #expect(socket.port == nil)
        let address = try LedgerConfiguration(url: "mariadb://root@[::1]:3306/atmos")
        #expect(address.host == "::1")
        #expect("\(address)" == "mariadb://root@[::1]:3306/atmos")
    }

    @Test("no description shows the password")
    func passwordIsHidden() throws {
        for configuration in [
            try LedgerConfiguration(url: "mariadb://anna:hush-hush@h/d"),
            try LedgerConfiguration(url: "mariadb://anna@h/d", password: "hush-hush"),
        ] {
            var dumped = ""
            dump(configuration, to: &dumped)
            for text in ["\(configuration)", String(reflecting: configuration), dumped] {
                #expect(!text.contains("hush-hush"))
            }
        }
    }

    @Test(
        "a URL that is not one is refused, with the form to write and without quoting it",
        arguments: [
            ("localhost/secret-db", "no scheme"), ("mysql://u:secret@h/d", "MySQL"),
            ("redis://u:secret@h/d", "mariadb://"),
            ("mariadb://u:secret@h", "no database"), ("mariadb://u:secret@h/", "no database"),
            ("mariadb://h/secret", "no user"), ("mariadb://:secret@h/d", "no user"),
            ("mariadb://u:secret@/d", "no host"),
            ("mariadb://u:secret@h:0/d", "port"), ("mariadb://u:secret@h:http/d", "port"),
            ("mariadb://u:secret%zz@h/d", "broken %"), ("mariadb://u:secret@h/d?ssl=1", "“ssl”"),
            ("mariadb://u:secret@h/d?socket=relative", "socket"), ("mariadb://u:secret@[::1x/d", "host"),
            ("mariadb://u:secret@h/a%60b", "database"),
        ])
    func refused(url: String, reason: String) throws {
        let error = #expect(throws: LedgerError.self) { try LedgerConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("secret") == false)
    }
}
