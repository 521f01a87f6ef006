import Confounder
import Foundation
import Testing

/// What the app's own code throws.
struct Enough: Error, Equatable {}

@Suite(.serialized) struct CancelTests {
    /// Takes long enough to be cancelled: pixels of 48 megapixels, protected on one thread.
    private static let (width, height) = (8000, 6000)

    @Test func aCancelledTaskEndsSoon() async throws {
        let confounder = try await Confounder.open(ProtectorOptions(threads: 1))
        var late: [Duration] = []
        for moment in 1...6 {
            let token = CancelToken()
            let task = Task.detached {
                let stride = 4 * Self.width
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: stride * Self.height, alignment: 16)
                defer { memory.deallocate() }
                memory.initializeMemory(as: UInt8.self, repeating: 120)
                let pixels = Pixels(memory: memory, width: Self.width, height: Self.height, stride: stride)
                let started = ContinuousClock.now
                do {
                    while true {
                        try confounder.protect(pixels, token: token)
                    }
                } catch {
                    return (error is CancellationError, ContinuousClock.now, started)
                }
            }
            try await Task.sleep(for: .milliseconds(800 + 37 * moment))
            let asked = ContinuousClock.now
            token.cancel()
            let (cancelled, ended, started) = await task.value
            #expect(cancelled)
            if started < asked {
                late.append(ended - asked)
            }
        }
        print("cancelled \(late.count) times, ended within", late.max() ?? .zero)
        #expect(!late.isEmpty)
        // One that another program on this machine held up does not count against the library.
        #expect(late.sorted().dropLast().allSatisfy { $0 <= .milliseconds(50) })
    }

    @Test func cancellingATaskThrowsCancellationError() async throws {
        let confounder = try await Confounder.open()
        let photo = try Fixtures.photo()
        let task = Task {
            while true {
                _ = try await confounder.protect(photo: photo)
            }
        }
        try await Task.sleep(for: .milliseconds(30))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func whatAHandlerThrowsComesBack() async throws {
        let confounder = try await Confounder.open()
        let photo = try Fixtures.photo()
        await #expect(throws: Enough()) {
            _ = try await confounder.protect(photo: photo, onStage: { _ in throw Enough() })
        }
        let memory = Memory(rows: 48, stride: 256, used: 256)
        let before = memory.copy
        #expect(throws: Enough()) {
            let pixels = Pixels(memory: memory.bytes, width: 64, height: 48, stride: 256)
            try confounder.protect(pixels, onStage: { _ in throw Enough() })
        }
        #expect(memory.copy == before)
    }

    /// `Confounder` is `Sendable`; calls at once give what one gives.
    @Test func manyAtOnce() async throws {
        let confounder = try await Confounder.open()
        let photo = try Fixtures.photo()
        let expected = try await confounder.protect(photo: photo).bytes
        try await withThrowingTaskGroup(of: Data.self) { group in
            for _ in 0..<32 {
                group.addTask { try await confounder.protect(photo: photo).bytes }
            }
            for try await bytes in group {
                #expect(bytes == expected)
            }
        }
    }
}
