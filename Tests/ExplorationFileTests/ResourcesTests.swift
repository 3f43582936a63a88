import ExplorationFile
import Testing

@Suite("The resources of a run")
struct ResourcesTests {
    private func definition(_ more: String) throws -> ExplorationDefinition {
        try DefinitionReader.read(
            text: """
                name: tiny
                parameters:
                  - {name: CO2, start: 0.1, axis: {step: 0.1}}
                  - {name: N2, filler: {decimals: 10}}
                model:
                  adapter: synthetic
                  region: {centre: {CO2: 0.1}, radius: {CO2: 0.5}}
                \(more)
                """, file: "t.yaml")
    }

    @Test("follow from its limits unless the definition sets them")
    func resources_followFromLimits() throws {
        let standard = try definition("run: {memory_mib: 512, output_mib: 10}").resources
        #expect(standard.cpus == Quantity(whole: 1))
        #expect("\(standard.ram)" == "768Mi")
        #expect("\(standard.hdd)" == "276Mi")
        #expect(standard.gpus == 0)
        let own = try definition("resources: {cpus: 1500m, ram: 2Gi, hdd: 10G, gpus: 1}")
        #expect("\(own.resources.cpus) \(own.resources.ram) \(own.resources.hdd)" == "1500m 2Gi 10000000000")
        #expect(own.resources.gpus == 1)
        #expect(try definition("").digest == own.digest, "resources do not affect points")
    }

    @Test(
        "are rejected with their line if invalid",
        arguments: [
            ("resources: {cpus: many}", "t.yaml:8:"), ("resources: {ram: 512Mi}", "less than what a run may use"),
            ("resources: {hdd: 0}", "above zero"), ("resources: {gpus: 0.5}", "whole number"),
            ("resources: {memory: 1Gi}", "has no key 'memory'"), ("resources: 5", "must be a mapping"),
        ])
    func invalidResources_areRejected(text: String, expected: String) {
        let error = #expect(throws: DefinitionError.self) { try definition(text) }
        #expect("\(error!)".contains(expected), "\(error!)")
    }
}
