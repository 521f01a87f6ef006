import ConfounderBindings
import ConfounderFFI
import Foundation

/// How the samples of a pixel follow one another; the number is the library's.
public enum PixelLayout: UInt32, Sendable, CaseIterable {
    /// Red, green, blue, alpha of 8 bits each.
    case rgba = 0
    /// Blue, green, red, alpha of 8 bits each: `kCVPixelFormatType_32BGRA`.
    case bgra = 1
    /// Red, green, blue of 8 bits each.
    case rgb = 2
    /// Gray of 8 bits.
    case gray = 3
    /// Red, green, blue, alpha of 16 bits each, in the byte order of the machine.
    case rgba16 = 4
    /// Red, green, blue of 16 bits each, in the byte order of the machine.
    case rgb16 = 5
}

/// How pixels or samples are turned, as EXIF counts it; ``upright`` is 1.
public enum PhotoOrientation: UInt32, Sendable, CaseIterable {
    case upright = 1
    case upMirrored, down, downMirrored, leftMirrored, right, rightMirrored, left
}

/// Pixels in memory that nobody else uses during a call.
public struct Pixels {
    /// From the first pixel on.
    public var memory: UnsafeMutableRawBufferPointer
    public var width: Int
    public var height: Int
    /// Bytes from one row to the next.
    public var stride: Int
    public var layout: PixelLayout
    public var orientation: PhotoOrientation

    public init(
        memory: UnsafeMutableRawBufferPointer,
        width: Int,
        height: Int,
        stride: Int,
        layout: PixelLayout = .rgba,
        orientation: PhotoOrientation = .upright
    ) {
        self.memory = memory
        self.width = width
        self.height = height
        self.stride = stride
        self.layout = layout
        self.orientation = orientation
    }
}

extension Confounder {
    /// Protects pixels in place, without a copy, on the caller's thread. `token` cancels it from another.
    @discardableResult
    public func protect(
        _ pixels: Pixels,
        options: ProtectOptions = ProtectOptions(),
        token: CancelToken = CancelToken(),
        onStage: StageHandler? = nil
    ) throws -> Report {
        let plane = ConfounderPlane(pixels.memory, pixels.stride, 0)
        let shape = ConfounderShape(
            pixels.width, pixels.height, format: pixels.layout.rawValue, orientation: pixels.orientation)
        return try report(options, token, onStage) { handles, options, status in
            confounder_protect_pixels(handles, options, plane, shape, status)
        }
    }

    /// A call that returns a report.
    func report(
        _ options: ProtectOptions,
        _ token: CancelToken,
        _ onStage: StageHandler?,
        _ body: (ConfounderHandles, RustBuffer, UnsafeMutablePointer<RustCallStatus>) -> RustBuffer
    ) throws -> Report {
        let call = Call(token: token, listener: onStage.map(Listener.init))
        return try ended(call) { call in
            let handles = ConfounderHandles(
                protector: protector.uniffiCloneHandle(),
                cancel: call.token.uniffiCloneHandle(),
                listener: call.listener.map { FfiConverterTypeProgressListener_lower($0) } ?? 0
            )
            let options = FfiConverterTypeProtectOptions_lower(options)
            return try FfiConverterTypeReport_lift(checked { body(handles, options, $0) })
        }
    }
}

/// Makes a native call; a status that says so becomes an error.
func checked<Value>(_ body: (UnsafeMutablePointer<RustCallStatus>) -> Value) throws -> Value {
    var status = RustCallStatus()
    let value = body(&status)
    switch status.code {
    case 0:
        return value
    case 1:
        throw try FfiConverterTypeConfounderError_lift(status.errorBuf)
    default:
        let message = status.errorBuf
        let bytes = UnsafeBufferPointer(start: message.data, count: Int(message.len))
        let reason = String(decoding: bytes, as: UTF8.self)
        var freed = RustCallStatus()
        ffi_confounder_mobile_rustbuffer_free(message, &freed)
        throw ConfounderError.Other(reason: reason)
    }
}

extension ConfounderPlane {
    init(_ memory: UnsafeMutableRawBufferPointer, _ rowStride: Int, _ pixelStride: Int) {
        self.init(
            address: memory.baseAddress?.assumingMemoryBound(to: UInt8.self),
            length: UInt64(memory.count),
            row_stride: UInt64(clamping: rowStride),
            pixel_stride: UInt64(clamping: pixelStride)
        )
    }
}

extension ConfounderShape {
    init(_ width: Int, _ height: Int, format: UInt32, orientation: PhotoOrientation) {
        self.init(
            width: UInt32(clamping: width),
            height: UInt32(clamping: height),
            format: format,
            orientation: orientation.rawValue
        )
    }
}

/// Where colour is multiplied by alpha it must not exceed it.
func keepColourBelowAlpha(_ pixels: Pixels) {
    for y in 0..<pixels.height {
        let row = pixels.memory[(y * pixels.stride)..<(y * pixels.stride + 4 * pixels.width)]
        for pixel in stride(from: row.startIndex, to: row.endIndex, by: 4) {
            let alpha = pixels.memory[pixel + 3]
            guard alpha < 255 else { continue }
            for channel in pixel..<(pixel + 3) where pixels.memory[channel] > alpha {
                pixels.memory[channel] = alpha
            }
        }
    }
}

/// Copies as many rows as both have, and as much of each.
func copyRows(
    from source: UnsafeMutableRawBufferPointer,
    _ sourceStride: Int,
    to target: UnsafeMutableRawBufferPointer,
    _ targetStride: Int
) {
    guard sourceStride > 0, targetStride > 0 else { return }
    let row = min(sourceStride, targetStride)
    for y in 0..<min(source.count / sourceStride, target.count / targetStride) {
        let from = UnsafeRawBufferPointer(rebasing: source[(y * sourceStride)..<(y * sourceStride + row)])
        UnsafeMutableRawBufferPointer(rebasing: target[(y * targetStride)..<(y * targetStride + row)])
            .copyMemory(from: from)
    }
}
