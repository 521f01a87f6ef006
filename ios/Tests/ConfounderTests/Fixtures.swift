import Confounder
import Foundation

/// What the tests share.
enum Fixtures {
    /// The root of the repository.
    static let root = URL(fileURLWithPath: ProcessInfo.processInfo.environment["CONFOUNDER_ROOT"] ?? "..")

    static func photo() throws -> Data {
        try Data(contentsOf: root.appendingPathComponent("tests/fixtures/cyclamen_persicum.jpg"))
    }

    static func generator() throws -> Data {
        try Data(contentsOf: root.appendingPathComponent("core/models/generator.onnx"))
    }

    /// The bytes with one piece replaced by another.
    static func patched(_ bytes: Data, _ from: String, _ to: String) -> Data {
        var bytes = bytes
        if let range = bytes.range(of: Data(from.utf8)) {
            bytes.replaceSubrange(range, with: Data(to.utf8))
        }
        return bytes
    }
}

/// Memory of soft colours; its rows are padded with 0xEE up to the stride.
final class Memory {
    let bytes: UnsafeMutableRawBufferPointer

    init(rows: Int, stride: Int, used: Int) {
        bytes = .allocate(byteCount: rows * stride, alignment: 16)
        for y in 0..<rows {
            for x in 0..<stride {
                let soft = 90 + 30 * x / stride + 20 * y / rows + 25 * (x % 4)
                bytes[y * stride + x] = x < used ? UInt8(x % 4 == 3 ? 255 : soft) : 0xEE
            }
        }
    }

    var copy: [UInt8] { Array(bytes) }

    deinit {
        bytes.deallocate()
    }
}
