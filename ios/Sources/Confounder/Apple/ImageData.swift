#if canImport(ImageIO)
import ConfounderBindings
import CoreGraphics
import Foundation
import ImageIO
import UniformTypeIdentifiers

extension Confounder {
    /// Protects a photo file by the platform's decoders and encoders, so that HEIC works; its metadata is carried over as
    /// far as ImageIO does so. `type` is that of the result; nil: that of the photo.
    ///
    /// A JPEG that stays one is better given to `protect(photo:)`, which does not compress it a second time.
    public func protect(
        imageData: Data,
        as type: UTType? = nil,
        options: ProtectOptions = ProtectOptions(),
        onStage: StageHandler? = nil
    ) async throws -> Data {
        guard let source = CGImageSourceCreateWithData(imageData as CFData, nil),
            let image = CGImageSourceCreateImageAtIndex(source, 0, nil),
            let identifier = type?.identifier ?? CGImageSourceGetType(source) as String?
        else {
            throw ConfounderError.Decode(reason: "ImageIO cannot read the photo")
        }
        let found = CGImageSourceCopyPropertiesAtIndex(source, 0, nil) as? [String: Any] ?? [:]
        let number = (found[kCGImagePropertyOrientation as String] as? NSNumber)?.uint32Value ?? 1
        let orientation = PhotoOrientation(rawValue: number) ?? .upright
        let protected = try await protect(image, orientation: orientation, options: options, onStage: onStage)
        return try encoded(protected, identifier, kept(found, options))
    }

    private func encoded(_ image: CGImage, _ type: String, _ properties: [String: Any]) throws -> Data {
        let data = NSMutableData()
        guard let destination = CGImageDestinationCreateWithData(data as CFMutableData, type as CFString, 1, nil)
        else {
            throw ConfounderError.Encode(reason: "ImageIO cannot write \(type)")
        }
        CGImageDestinationAddImage(destination, image, properties as CFDictionary)
        guard CGImageDestinationFinalize(destination) else {
            throw ConfounderError.Encode(reason: "ImageIO could not write the photo")
        }
        return data as Data
    }

    private func kept(_ found: [String: Any], _ options: ProtectOptions) -> [String: Any] {
        let orientation = kCGImagePropertyOrientation as String
        var properties = found
        switch options.metadata {
        case .strip:
            properties = found.filter { $0.key == orientation }
        case .private:
            let personal = [
                kCGImagePropertyGPSDictionary, kCGImagePropertyIPTCDictionary, kCGImagePropertyMakerAppleDictionary,
            ]
            for key in personal {
                properties[key as String] = nil
            }
        case .keep, nil:
            break
        }
        properties[kCGImageDestinationLossyCompressionQuality as String] = Double(options.quality ?? 95) / 100
        return properties
    }
}
#endif
