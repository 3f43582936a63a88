import Testing

@testable import ParameterSpace

@Suite("Neighbours")
struct NeighbourhoodTests {
    @Test("of the start of the survey around Earth are thirteen, on the grid of each axis")
    func earthStart() throws {
        let space = earth()
        let neighbours = Neighbourhood(shape: .sides, steps: 2).neighbours(of: try #require(space.start), in: space)
        #expect(
            neighbours.map(\.code) == [
                "0.19,0.7972982887,0.0123,1.63e-6,0.0004,8.13e-8", "0.2,0.7872982887,0.0123,1.63e-6,0.0004,8.13e-8",
                "0.22,0.7672982887,0.0123,1.63e-6,0.0004,8.13e-8", "0.23,0.7572982887,0.0123,1.63e-6,0.0004,8.13e-8",
                "0.21,0.7795982887,0.01,1.63e-6,0.0004,8.13e-8", "0.21,0.7695982887,0.02,1.63e-6,0.0004,8.13e-8",
                "0.21,0.7595982887,0.03,1.63e-6,0.0004,8.13e-8", "0.21,0.7722999187,0.0123,0.005,0.0004,8.13e-8",
                "0.21,0.7672999187,0.0123,0.01,0.0004,8.13e-8", "0.21,0.7676982887,0.0123,1.63e-6,0.01,8.13e-8",
                "0.21,0.7576982887,0.0123,1.63e-6,0.02,8.13e-8", "0.21,0.77229837,0.0123,1.63e-6,0.0004,0.005",
                "0.21,0.76729837,0.0123,1.63e-6,0.0004,0.01",
            ])
    }

    @Test("that would leave less than nothing for the filler are no points")
    func negativeFiller() throws {
        let space = earth()
        let point = try space.point(code: "0.98,0.01,0.01,0,0,0")
        let codes = Neighbourhood(shape: .sides, steps: 2).neighbours(of: point, in: space).map(\.code)
        #expect(codes.contains("0.99,0,0.01,0,0,0"))
        #expect(!codes.contains { $0.hasPrefix("1,") })
    }
}
