import Foundation

/// A file of rows for LOAD DATA, in the server's own default format.
struct LoadFile {
    /// A column's value in a row.
    enum Field {
        case null
        case text(String)
        case bytes([UInt8])
        case number(Double)
        case integer(Int64)
        /// Microseconds since 1970 UTC.
        case time(Int64)
    }

    let path: String
    private let columns: [String]

    /// Writes `count` rows of `columns` to a file in `folder`.
    init(_ name: String, in folder: String, columns: [String], count: Int, row: (Int) -> [Field]) throws {
        path = "\(folder)/\(name).tsv"
        self.columns = columns
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        defer { try? file.close() }
        var bytes = Data()
        for index in 0..<count {
            for (position, field) in row(index).enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: "\t")) }
                Self.append(field, to: &bytes)
            }
            bytes.append(UInt8(ascii: "\n"))
            if bytes.count > 1 << 20 {
                try file.write(contentsOf: bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: bytes)
    }

    /// The statement that loads the file into `table`.
    func statement(into table: String) -> String {
        "LOAD DATA LOCAL INFILE '\(path)' INTO TABLE \(table) CHARACTER SET binary (\(columns.joined(separator: ", ")))"
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private static func append(_ field: Field, to bytes: inout Data) {
        switch field {
        case .null: bytes.append(contentsOf: "\\N".utf8)
        case .text(let text): append(Array(text.utf8), to: &bytes)
        case .bytes(let value): append(value, to: &bytes)
        case .number(let value): bytes.append(contentsOf: "\(value)".utf8)
        case .integer(let value): bytes.append(contentsOf: "\(value)".utf8)
        case .time(let micros):
            var seconds = time_t(micros / 1_000_000)
            var parts = tm()
            gmtime_r(&seconds, &parts)
            let text = String(
                format: "%04d-%02d-%02d %02d:%02d:%02d.%06d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                parts.tm_hour, parts.tm_min, parts.tm_sec, Int(micros % 1_000_000))
            bytes.append(contentsOf: text.utf8)
        }
    }

    private static func append(_ value: [UInt8], to bytes: inout Data) {
        for byte in value {
            switch byte {
            case 0: bytes.append(contentsOf: "\\0".utf8)
            case UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            default: bytes.append(byte)
            }
        }
    }
}
