import Confounder
import Foundation
import Testing

/// Errors, provoked from outside.
@Suite struct ErrorTests {
    /// Whether the work fails with the error of that name, and says why.
    private func fails(_ name: String, _ work: () async throws -> Void) async {
        do {
            try await work()
            Issue.record("\(name) was not thrown")
        } catch let error as ConfounderError {
            let text = String(describing: error)
            #expect(text.hasPrefix(name + "(reason: ") && text.count > name.count + 20, "\(text)")
            // What people see is the reason alone.
            #expect(text == "\(name)(reason: \"\(error.localizedDescription)\")", "\(error.localizedDescription)")
        } catch {
            Issue.record("\(error) is no ConfounderError")
        }
    }

    @Test func everyErrorThatCanBeProvoked() async throws {
        let confounder = try await Confounder.open()
        let photo = try Fixtures.photo()
        await fails("InvalidOptions") { _ = try await confounder.protect(photo: photo, options: .init(strength: 7)) }
        await fails("InvalidOptions") { _ = try confounder.stream(FrameOptions(every: 0)) }
        await fails("UnsupportedFormat") { _ = try await confounder.protect(photo: Data("GIF89a            ".utf8)) }
        await fails("Decode") { _ = try await confounder.protect(photo: photo.prefix(photo.count / 2)) }
        await fails("LimitExceeded") {
            _ = try await confounder.protect(photo: photo, options: .init(limits: Limits(maxPixels: 10)))
        }
        await fails("Io") {
            let none = URL(fileURLWithPath: "/no/such/photo.jpg")
            try await confounder.protect(fileAt: none, to: none)
        }
        await fails("AlreadyProtected") {
            _ = try await confounder.protect(photo: try await confounder.protect(photo: photo).bytes)
        }
        await fails("GeneratorInvalid") { _ = try await Confounder.open(generator: Data(count: 100)) }
        let generator = try Fixtures.generator()
        let newer = Fixtures.patched(generator, "confounder.contract\u{12}\u{1}1", "confounder.contract\u{12}\u{1}9")
        await fails("GeneratorTooNew") { _ = try await Confounder.open(generator: newer) }
        let broken = Fixtures.patched(generator, "0.0627451", "0.0000451")
        await fails("Engine") { _ = try await Confounder.open(generator: broken).protect(photo: photo) }
    }

    @Test func pixelsThatDoNotFit() async throws {
        let confounder = try await Confounder.open()
        let memory = Memory(rows: 16, stride: 64, used: 64)
        for (width, height, stride) in [(16, 17, 64), (16, 16, 63), (-16, 16, 64), (16, 16, -64), (0, 16, 64)] {
            await fails("InvalidPixels") {
                try confounder.protect(Pixels(memory: memory.bytes, width: width, height: height, stride: stride))
            }
        }
        await fails("InvalidPixels") {
            let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            try confounder.protect(Pixels(memory: nothing, width: 16, height: 16, stride: 64))
        }
        let shared = YuvFrame(
            width: 16, height: 16, luma: memory.bytes, lumaStride: 16, chroma: memory.bytes, chromaStride: 16)
        await fails("InvalidPixels") { try confounder.protect(shared) }
        let stream = try confounder.stream()
        await fails("InvalidPixels") { try stream.protect(shared) }
    }
}
