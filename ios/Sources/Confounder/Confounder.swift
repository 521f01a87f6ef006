import Foundation

@_exported import ConfounderBindings

/// Protects photos from being learned, offline.
///
/// Open one, keep it, and share it: any number of tasks may use it at once. Asynchronous calls do their work off the
/// caller's thread, and cancelling the task stops the native work within milliseconds. What fails is a ``ConfounderError``;
/// a cancelled call throws `CancellationError`.
public final class Confounder: Sendable {
    let protector: Protector

    private init(_ protector: Protector) {
        self.protector = protector
    }

    /// Opens the generator that comes with the library.
    public static func open(_ options: ProtectorOptions = ProtectorOptions()) async throws -> Confounder {
        try await call { _ in Confounder(try Protector.bundled(options: options)) }
    }

    /// Opens a generator of one's own, given as the bytes of its file.
    public static func open(
        generator: Data,
        options: ProtectorOptions = ProtectorOptions()
    ) async throws -> Confounder {
        try await call { _ in Confounder(try Protector.open(generator: generator, options: options)) }
    }

    /// Opens the generator of a user: all photos get the one pattern that this key (16 to 1,024 bytes; `newPersonalKey()`
    /// makes one) gives, against models that are to tell whose photo it is. Keep the key as you keep a password.
    public static func open(
        personalKey: Data,
        options: ProtectorOptions = ProtectorOptions()
    ) async throws -> Confounder {
        try await call { _ in Confounder(try Protector.personal(key: personalKey, options: options)) }
    }

    /// What the generator says of itself.
    public var generator: GeneratorInfo { protector.generator() }

    /// The name of the engine that runs the generator.
    public var engine: String { protector.engine() }

    /// What the GPU is doing.
    public var gpuStatus: GpuStatus { protector.gpuStatus() }

    /// Leaves the GPU alone, or uses it again. For apps that go to the background, where phones forbid it.
    public func pauseGpu(_ paused: Bool) {
        protector.pauseGpu(paused: paused)
    }

    /// Protects a photo file in memory: JPEG, PNG, WebP, TIFF, or JPEG XL, with its metadata. A JPEG is not compressed a second
    /// time. Needs a build with codecs; without, or for HEIC, see `protect(imageData:)` on Apple's platforms.
    public func protect(
        photo: Data,
        options: ProtectOptions = ProtectOptions(),
        onStage: StageHandler? = nil
    ) async throws -> ProtectedPhoto {
        try await call(onStage) { [protector] in
            try protector.protectBytes(input: photo, options: options, cancel: $0.token, listener: $0.listener)
        }
    }

    /// Protects a photo file and writes the result to another, whole or not at all; the two may be the same.
    @discardableResult
    public func protect(
        fileAt input: URL,
        to output: URL,
        options: ProtectOptions = ProtectOptions(),
        onStage: StageHandler? = nil
    ) async throws -> Report {
        try await call(onStage) { [protector] in
            try protector.protectFile(
                input: input.path,
                output: output.path,
                options: options,
                cancel: $0.token,
                listener: $0.listener
            )
        }
    }

    /// What is to be done with a photo of any format, told from its headers, and the media type of the result.
    public func plan(photo: Data, options: ProtectOptions = ProtectOptions()) async throws -> PhotoPlan {
        try await call { [protector] _ in try protector.plan(input: photo, options: options) }
    }

    /// What protecting a photo file would do to it, told from its headers.
    public func inspect(photo: Data, options: ProtectOptions = ProtectOptions()) async throws -> PhotoInfo {
        try await call { [protector] _ in try protector.inspect(input: photo, options: options) }
    }

    /// Whether a photo file carries this generator's residual, as far as one photo can tell.
    public func detect(photo: Data, options: ProtectOptions = ProtectOptions()) async throws -> Detection {
        try await call { [protector] _ in try protector.detect(input: photo, options: options) }
    }

    /// Begins a stream of frames.
    public func stream(_ options: FrameOptions = FrameOptions()) throws -> FrameStream {
        FrameStream(try FrameProtector(protector: protector, options: options))
    }
}
