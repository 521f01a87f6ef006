#if canImport(ImageIO)
import ConfounderBindings
import CoreGraphics
import Foundation
import ImageIO

extension Confounder {
    /// Protects a photo file of any format. What the library itself reads stays in its format, and a JPEG is not compressed a
    /// second time; everything else that ImageIO reads (HEIC, AVIF, raw) becomes a JPEG with its metadata, as
    /// `ProtectOptions.metadata` says, and the mark. ``plan(photo:options:)`` tells which it is, and the type of the result.
    public func protect(
        imageData: Data,
        options: ProtectOptions = ProtectOptions(),
        onStage: StageHandler? = nil
    ) async throws -> Data {
        let plan = try await self.plan(photo: imageData, options: options)
        if plan.way == .library {
            return try await protect(photo: imageData, options: options, onStage: onStage).bytes
        }
        let (image, orientation) = try decoded(imageData, options)
        let protected = try await protect(image, orientation: orientation, options: options, onStage: onStage)
        let jpeg = try encoded(protected, options)
        return try await call { [protector] _ in
            try protector.finishDecoded(input: imageData, jpeg: jpeg, upright: false, options: options).bytes
        }
    }

    private func decoded(_ data: Data, _ options: ProtectOptions) throws -> (CGImage, PhotoOrientation) {
        guard let source = CGImageSourceCreateWithData(data as CFData, nil) else {
            throw ConfounderError.Decode(reason: "ImageIO cannot read the photo")
        }
        let found = CGImageSourceCopyPropertiesAtIndex(source, 0, nil) as? [String: Any] ?? [:]
        func number(_ key: CFString) -> UInt32? { (found[key as String] as? NSNumber)?.uint32Value }
        let limits = options.limits ?? Limits()
        let (width, height) = (number(kCGImagePropertyPixelWidth) ?? 0, number(kCGImagePropertyPixelHeight) ?? 0)
        guard width <= limits.maxWidth, height <= limits.maxHeight, UInt64(width) * UInt64(height) <= limits.maxPixels
        else {
            throw ConfounderError.LimitExceeded(
                reason: "the photo is \(width) x \(height) px, more than ProtectOptions.limits allow")
        }
        guard let image = CGImageSourceCreateImageAtIndex(source, 0, nil) else {
            throw ConfounderError.Decode(reason: "ImageIO cannot decode the photo")
        }
        return (image, number(kCGImagePropertyOrientation).flatMap(PhotoOrientation.init(rawValue:)) ?? .upright)
    }

    /// The pixels as a JPEG; metadata is not ImageIO's to write.
    private func encoded(_ image: CGImage, _ options: ProtectOptions) throws -> Data {
        let data = NSMutableData()
        let type = "public.jpeg" as CFString
        guard let destination = CGImageDestinationCreateWithData(data as CFMutableData, type, 1, nil) else {
            throw ConfounderError.Encode(reason: "ImageIO cannot write a JPEG")
        }
        let quality = Double(options.quality ?? 95) / 100
        let properties = [kCGImageDestinationLossyCompressionQuality as String: quality]
        CGImageDestinationAddImage(destination, image, properties as CFDictionary)
        guard CGImageDestinationFinalize(destination) else {
            throw ConfounderError.Encode(reason: "ImageIO could not write the photo")
        }
        return data as Data
    }
}
#endif
