import Confounder
import Foundation
import Testing

/// Every call, once, against the real library.
@Suite struct CallTests {
    @Test func saysWhatItIs() async throws {
        let info = buildInfo()
        #expect(info.codecs && info.bundledGenerator)
        let confounder = try await Confounder.open()
        #expect(confounder.generator.name == "everyday" && confounder.generator.chromaOnly)
        #expect(confounder.engine == "cpu")
        confounder.pauseGpu(true)
        if case .ready = confounder.gpuStatus { Issue.record("a paused GPU is ready") }
        let own = try await Confounder.open(generator: Fixtures.generator(), options: ProtectorOptions(threads: 1))
        #expect(own.generator == confounder.generator)
    }

    @Test func opensAUsersOwnPattern() async throws {
        let key = try newPersonalKey()
        #expect(key.count == 32)
        func protected(_ key: Data) async throws -> Data {
            try await Confounder.open(personalKey: key).protect(photo: Fixtures.photo()).bytes
        }
        let mine = try await protected(key)
        #expect(try await protected(key) == mine)
        #expect(try await protected(newPersonalKey()) != mine)
        await #expect(throws: ConfounderError.self) { try await protected(Data(count: 15)) }
    }

    @Test func protectsAPhotoInMemoryAndInAFile() async throws {
        let confounder = try await Confounder.open()
        let photo = try Fixtures.photo()
        let protected = try await confounder.protect(photo: photo)
        #expect(protected.format == .jpeg && protected.report.jpeg == .coefficients)
        #expect(try #require(protected.report.psnrDb) > 30)
        let weak = try await confounder.protect(photo: photo, options: ProtectOptions(strength: 0.25))
        #expect(try #require(weak.report.psnrDb) > 36)

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appendingPathComponent("a.jpg"), folder.appendingPathComponent("b.jpg"))
        try photo.write(to: input)
        try await confounder.protect(fileAt: input, to: output)
        #expect(try Data(contentsOf: output) == protected.bytes)
    }

    @Test func inspectsAndDetects() async throws {
        let confounder = try await Confounder.open()
        let photo = try Fixtures.photo()
        #expect(try await confounder.inspect(photo: photo).format == .jpeg)
        let protected = try await confounder.protect(photo: photo).bytes
        let amplitude = try await confounder.detect(photo: protected).amplitude
        #expect(try await confounder.detect(photo: photo).amplitude + 0.3 < amplitude)
    }

    @Test func saysWhatTheOwnerSaysAboutDataMining() async throws {
        let confounder = try await Confounder.open()
        let options = ProtectOptions(dataMining: .prohibitedAiMlTraining)
        let marked = try await confounder.protect(photo: Fixtures.photo(), options: options)
        #expect(marked.bytes.range(of: Data("DMI-PROHIBITED-AIMLTRAINING".utf8)) != nil)
    }

    static let colour: [PixelLayout] = [.rgba, .bgra, .rgb, .rgba16, .rgb16]

    @Test(arguments: colour)
    func protectsPixelsInPlace(layout: PixelLayout) async throws {
        let confounder = try await Confounder.open()
        let size: [PixelLayout: Int] = [.rgba: 4, .bgra: 4, .rgb: 3, .rgba16: 8, .rgb16: 6]
        let row = 64 * size[layout]!
        let memory = Memory(rows: 48, stride: row + 24, used: row)
        let before = memory.copy
        let pixels = Pixels(memory: memory.bytes, width: 64, height: 48, stride: row + 24, layout: layout)
        let report = try confounder.protect(pixels)
        #expect(try #require(report.psnrDb) > 30 && report.width == 64)
        let after = memory.copy
        #expect(before != after)
        for (i, (old, new)) in zip(before, after).enumerated() where i % (row + 24) >= row {
            #expect(old == new)
        }
    }

    static let formats: [YuvFormat] = [[], [.limitedRange, .bt709], [.tenBits, .limitedRange]]

    /// As pixel buffers of formats 420f, 420v, and x420 lie in memory.
    @Test(arguments: formats)
    func protectsAFrame(format: YuvFormat) async throws {
        let confounder = try await Confounder.open()
        let sample = format.contains(.tenBits) ? 2 : 1
        let luma = Memory(rows: 48, stride: 64 * sample + 16, used: 64 * sample)
        let chroma = Memory(rows: 24, stride: 64 * sample + 32, used: 64 * sample)
        let (lumaBefore, before) = (luma.copy, chroma.copy)
        let frame = YuvFrame(
            width: 64, height: 48,
            luma: luma.bytes, lumaStride: 64 * sample + 16,
            chroma: chroma.bytes, chromaStride: 64 * sample + 32,
            format: format, orientation: .right
        )
        try confounder.protect(frame)
        #expect(luma.copy == lumaBefore && chroma.copy != before)

        let stream = try confounder.stream(FrameOptions(every: 2, fade: 1, pace: .exact))
        for _ in 0..<5 {
            let before = chroma.copy
            try stream.protect(frame)
            #expect(chroma.copy != before)
        }
    }
}
