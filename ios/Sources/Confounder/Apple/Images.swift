#if canImport(CoreGraphics)
import ConfounderBindings
import CoreGraphics
import Foundation

extension Confounder {
    /// A protected copy of an image, in the same colour space where that is RGB, else in sRGB.
    public func protect(
        _ image: CGImage,
        orientation: PhotoOrientation = .upright,
        options: ProtectOptions = ProtectOptions(),
        onStage: StageHandler? = nil
    ) async throws -> CGImage {
        let source = Shared(image)
        let result = try await call(onStage) { call in
            Shared(try self.copy(source.value, orientation, options, call))
        }
        return result.value
    }

    private func copy(
        _ image: CGImage,
        _ orientation: PhotoOrientation,
        _ options: ProtectOptions,
        _ call: Call
    ) throws -> CGImage {
        let ownSpace = image.colorSpace.flatMap { $0.model == .rgb ? $0 : nil }
        guard let space = ownSpace ?? CGColorSpace(name: CGColorSpace.sRGB),
            let context = CGContext(
                data: nil,
                width: image.width,
                height: image.height,
                bitsPerComponent: 8,
                bytesPerRow: 0,
                space: space,
                bitmapInfo: CGImageAlphaInfo.premultipliedLast.rawValue
            ),
            let address = context.data
        else {
            throw ConfounderError.UnsupportedFormat(reason: "the image cannot be drawn as RGBA of 8 bits")
        }
        context.draw(image, in: CGRect(x: 0, y: 0, width: image.width, height: image.height))
        let memory = UnsafeMutableRawBufferPointer(start: address, count: context.bytesPerRow * context.height)
        let pixels = Pixels(
            memory: memory,
            width: context.width,
            height: context.height,
            stride: context.bytesPerRow,
            orientation: orientation
        )
        try protect(pixels, options: options, token: call.token, onStage: call.listener?.handler)
        keepColourBelowAlpha(pixels)
        guard let result = context.makeImage() else {
            throw ConfounderError.Other(reason: "the image could not be made from its pixels")
        }
        return result
    }
}

/// A value that crosses to another thread and is used there only. `CGImage` does not change.
struct Shared<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
#endif
