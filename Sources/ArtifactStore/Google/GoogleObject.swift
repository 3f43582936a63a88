internal import FoundationEssentials
internal import HTTPClient

/// What Google Cloud Storage says of an object.
struct GoogleObject: Decodable {
    let name: String?
    /// In bytes, as a decimal text.
    let size: String?
    /// Base64 of four bytes.
    let crc32c: String?
    let updated: String?

    /// A page of a listing.
    struct Page: Decodable {
        let items: [GoogleObject]?
    }

    /// What is said of an object that is to be: the service compares the check with what arrives, and refuses a difference.
    struct Description: Encodable {
        let name: String
        let crc32c: String

        init(name: String, crc32c: [UInt8]) {
            self.name = name
            self.crc32c = Data(crc32c).base64EncodedString()
        }

        var bytes: [UInt8] {
            get throws { Array(try JSONEncoder().encode(self)) }
        }
    }

    /// A failure's own words: `{"error": {"message": …}}`, or plain text.
    static func reason(_ response: HTTPResponse) -> String {
        struct Problem: Decodable {
            struct Reason: Decodable { let message: String }
            let error: Reason
        }
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(response.body))
        return problem?.error.message ?? String(response.text.prefix(200))
    }
}
