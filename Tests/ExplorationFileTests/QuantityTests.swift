import ExplorationFile
import Testing

@Suite("A quantity")
struct QuantityTests {
    @Test(
        "is read and written in the notation of Kubernetes",
        arguments: [
            ("2", "2"), ("500m", "500m"), ("0.5", "500m"), ("1.5Gi", "1536Mi"), ("1024Mi", "1Gi"),
            ("10G", "10000000000"),
            ("1e3", "1000"), ("1E2", "100"), ("2500m", "2500m"), ("100u", "100u"), ("0", "0"), ("0Gi", "0"),
            ("-1", "-1"),
            ("3.92", "3920m"), ("1k", "1000"), ("2E", "2000000000000000000"), ("7Ei", "7Ei"),
        ])
    func text_isReadAndWrittenCanonically(text: String, canonical: String) {
        #expect(Quantity(text)?.description == canonical)
    }

    @Test(
        "is not read from other text",
        arguments: [
            "", "x", "1x", "1 Gi", "1.5.5", "Gi", "1e99", "9Ei", "0.0000000001", "+", "1gi", "٣", "0x10", "1Gi\n",
        ])
    func invalidText_givesNil(text: String) {
        #expect(Quantity(text) == nil)
    }
}
