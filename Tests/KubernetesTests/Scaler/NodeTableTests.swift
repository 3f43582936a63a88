import ExplorationFile
import Scaler
import Testing

struct NodeTableTests {
    private func need(cpus: Int = 1, ram: String = "2Gi", gpus: Int = 0) throws -> RunResources {
        RunResources(
            cpus: Quantity(whole: cpus), ram: try #require(Quantity(ram)),
            disk: Quantity(whole: 1 << 30, isBinary: true),
            gpus: gpus)
    }

    private let table = """
        nodes:
          - {name: small, group: a, cpus: 3.9, ram: 12Gi, disk: 40Gi, price: 0.10}
          - {name: large, group: b, cpus: 15.9, ram: 60Gi, disk: 90Gi, price: 0.30}
          - {name: gpu, group: c, cpus: 7.9, ram: 28Gi, hdd: 90Gi, gpus: 1, price: 0.20}
        """

    @Test("fitting machines are offered, cheapest first, up to the price limit")
    func fittingMachines_areOfferedCheapestFirst() throws {
        let nodes = try NodeTable(text: table, file: "nodes.yaml")
        let offers = nodes.offers(for: try need())
        #expect(offers.map(\.shape.name) == ["small", "large"])
        #expect(offers.map(\.runs) == [3, 15])
        #expect(nodes.offers(for: try need(), maximumPrice: 0.2).map(\.shape.name) == ["small"])
        #expect(nodes.offers(for: try need(), maximumPrice: 0.05).isEmpty)
        #expect(nodes.offers(for: try need(cpus: 4)).map(\.shape.name) == ["large"])
        #expect(nodes.offers(for: try need(gpus: 1)).map(\.shape.name) == ["gpu"])
        #expect(nodes.offers(for: try need(gpus: 2)).isEmpty)
    }

    @Test(
        "errors of a table are reported with their line",
        arguments: [
            (
                "nodes:\n  - {name: a, group: b, cpus: x, ram: 1Gi, disk: 1Gi, price: 1}",
                "n.yaml:2:31: a machine: 'cpus' is 'x'"
            ),
            ("nodes:\n  - {name: a, grup: b, cpus: 1, ram: 1Gi, disk: 1Gi, price: 1}", "a machine has no key 'grup'"),
            ("nodes:\n  - {name: a, group: b, cpus: 1, ram: 1Gi, disk: 1Gi}", "a machine needs the key 'price'"),
            ("nodes: 5", "must be a list"), ("- a", "must be a mapping"), ("", "n.yaml:1:1: the file is empty"),
            ("nodes: []\nnodes: []", "key 'nodes'"),
        ])
    func invalidTable_isReportedWithLine(text: String, expected: String) {
        let error = #expect(throws: DefinitionError.self) { try NodeTable(text: text, file: "n.yaml") }
        #expect("\(error!)".contains(expected), "\(error!)")
    }

    @Test("the shipped table can be read")
    func shippedTable_isValid() throws {
        let file = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/nodes.yaml")
        #expect(try NodeTable(file: file).offers(for: try need()).isEmpty == false)
    }

    @Test("the key 'hdd' of older tables is read as 'disk'")
    func oldDiskKey_isRead() throws {
        let text = "nodes: [{name: a, group: b, cpus: 1, ram: 2Gi, hdd: 3Gi, price: 1}]"
        let shape = try #require(try NodeTable(text: text, file: "n.yaml").shapes.first)
        #expect(shape.allocatable.disk == Quantity("3Gi"))
        let both = "nodes: [{name: a, group: b, cpus: 1, ram: 2Gi, disk: 3Gi, hdd: 3Gi, price: 1}]"
        #expect(throws: DefinitionError.self) { try NodeTable(text: both, file: "n.yaml") }
    }
}
