import ConfounderBindings
import ConfounderFFI

/// How the samples of a frame are to be read.
public struct YuvFormat: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Limited range (`420v`); else full range (`420f`).
    public static let limitedRange = YuvFormat(rawValue: 1)
    /// BT.709; else BT.601.
    public static let bt709 = YuvFormat(rawValue: 2)
    /// Ten bits in the upper bits of two bytes (`x420`); else one byte.
    public static let tenBits = YuvFormat(rawValue: 4)
    /// 4:2:2; else 4:2:0.
    public static let half = YuvFormat(rawValue: 8)
    /// 4:4:4; else 4:2:0.
    public static let full = YuvFormat(rawValue: 16)
}

/// A frame with luma in one plane and pairs of Cb and Cr in another, in memory that nobody else uses during a call. Luma is
/// only read. Strides are in bytes.
public struct YuvFrame {
    public var width: Int
    public var height: Int
    public var luma: UnsafeMutableRawBufferPointer
    public var lumaStride: Int
    public var chroma: UnsafeMutableRawBufferPointer
    public var chromaStride: Int
    public var format: YuvFormat
    public var orientation: PhotoOrientation

    public init(
        width: Int,
        height: Int,
        luma: UnsafeMutableRawBufferPointer,
        lumaStride: Int,
        chroma: UnsafeMutableRawBufferPointer,
        chromaStride: Int,
        format: YuvFormat = [],
        orientation: PhotoOrientation = .upright
    ) {
        self.width = width
        self.height = height
        self.luma = luma
        self.lumaStride = lumaStride
        self.chroma = chroma
        self.chromaStride = chromaStride
        self.format = format
        self.orientation = orientation
    }

    /// Luma, Cb, Cr, and shape.
    var planes: (ConfounderPlane, ConfounderPlane, ConfounderPlane, ConfounderShape) {
        let sample = format.contains(.tenBits) ? 2 : 1
        // Where there is not even one sample, the library says so.
        let cr = UnsafeMutableRawBufferPointer(rebasing: chroma.dropFirst(sample))
        return (
            ConfounderPlane(luma, lumaStride, sample),
            ConfounderPlane(chroma, chromaStride, 2 * sample),
            ConfounderPlane(cr, chromaStride, 2 * sample),
            ConfounderShape(width, height, format: format.rawValue, orientation: orientation)
        )
    }
}

extension Confounder {
    /// Protects one frame in place, without a copy, on the caller's thread. For previews and video see ``stream(_:)``.
    @discardableResult
    public func protect(
        _ frame: YuvFrame,
        options: ProtectOptions = ProtectOptions(),
        token: CancelToken = CancelToken(),
        onStage: StageHandler? = nil
    ) throws -> Report {
        let (luma, cb, cr, shape) = frame.planes
        return try report(options, token, onStage) { handles, options, status in
            confounder_protect_yuv(handles, options, luma, cb, cr, shape, status)
        }
    }
}

/// Protects the frames of a preview or a video in place, one after the other, on the caller's thread: a millisecond or two
/// for 1080p. The residual is computed on a thread of its own; see `FrameOptions`. The first frame waits for it.
public final class FrameStream: Sendable {
    private let frames: FrameProtector

    init(_ frames: FrameProtector) {
        self.frames = frames
    }

    /// Protects the next frame.
    public func protect(_ frame: YuvFrame) throws {
        let (luma, cb, cr, shape) = frame.planes
        let stream = frames.uniffiCloneHandle()
        try checked { confounder_protect_frame(stream, luma, cb, cr, shape, $0) }
    }
}
