@_exported import Foundation

public final class CGColorSpace {
    public enum Model { case rgb, monochrome, cmyk }
    nonisolated(unsafe) public static let sRGB: CFString = "sRGB"
    public init?(name: CFString) {}
    public var model: Model { .rgb }
}

public typealias CFString = NSString
public typealias CFData = NSData
public typealias CFMutableData = NSMutableData
public typealias CFDictionary = NSDictionary
public typealias CFTypeRef = AnyObject

public final class CGImage {
    public var width: Int { 0 }
    public var height: Int { 0 }
    public var colorSpace: CGColorSpace? { nil }
}

public enum CGImageAlphaInfo: UInt32 {
    case none, premultipliedLast, premultipliedFirst
}

public final class CGContext {
    public init?(
        data: UnsafeMutableRawPointer?, width: Int, height: Int, bitsPerComponent: Int, bytesPerRow: Int,
        space: CGColorSpace, bitmapInfo: UInt32
    ) {}
    public var data: UnsafeMutableRawPointer? { nil }
    public var width: Int { 0 }
    public var height: Int { 0 }
    public var bytesPerRow: Int { 0 }
    public func draw(_ image: CGImage, in rect: CGRect) {}
    public func makeImage() -> CGImage? { nil }
}
