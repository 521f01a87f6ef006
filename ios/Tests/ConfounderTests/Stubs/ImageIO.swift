@_exported import CoreGraphics

public final class CGImageSource {}
public final class CGImageDestination {}

nonisolated(unsafe) public let kCGImagePropertyOrientation: CFString = ""
nonisolated(unsafe) public let kCGImagePropertyPixelWidth: CFString = ""
nonisolated(unsafe) public let kCGImagePropertyPixelHeight: CFString = ""
nonisolated(unsafe) public let kCGImageDestinationLossyCompressionQuality: CFString = ""

public func CGImageSourceCreateWithData(_ data: CFData, _ options: CFDictionary?) -> CGImageSource? { nil }
public func CGImageSourceCreateImageAtIndex(_ source: CGImageSource, _ i: Int, _ options: CFDictionary?) -> CGImage? { nil }
public func CGImageSourceGetType(_ source: CGImageSource) -> CFString? { nil }
public func CGImageSourceCopyPropertiesAtIndex(
    _ source: CGImageSource, _ index: Int, _ options: CFDictionary?
) -> CFDictionary? { nil }
public func CGImageDestinationCreateWithData(
    _ data: CFMutableData, _ type: CFString, _ count: Int, _ options: CFDictionary?
) -> CGImageDestination? { nil }
public func CGImageDestinationAddImage(_ to: CGImageDestination, _ image: CGImage, _ properties: CFDictionary?) {}
public func CGImageDestinationFinalize(_ destination: CGImageDestination) -> Bool { false }
