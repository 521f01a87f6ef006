#if canImport(CoreVideo)
import ConfounderBindings
import CoreVideo
import Foundation

extension Confounder {
    /// Protects a pixel buffer in place, without a copy, on the caller's thread: 32BGRA, 420v, 420f, or x420.
    @discardableResult
    public func protect(
        _ buffer: CVPixelBuffer,
        orientation: PhotoOrientation = .upright,
        options: ProtectOptions = ProtectOptions(),
        token: CancelToken = CancelToken()
    ) throws -> Report {
        try buffer.locked(readOnly: false) {
            if let frame = buffer.yuvFrame(orientation) {
                return try protect(frame, options: options, token: token)
            }
            return try protect(buffer.pixels(orientation), options: options, token: token)
        }
    }

    /// Copies a pixel buffer into another of the same size and format and protects that. For buffers of a capture session,
    /// which must not be written to.
    @discardableResult
    public func protect(
        _ source: CVPixelBuffer,
        into target: CVPixelBuffer,
        orientation: PhotoOrientation = .upright,
        options: ProtectOptions = ProtectOptions(),
        token: CancelToken = CancelToken()
    ) throws -> Report {
        try source.copy(to: target)
        return try protect(target, orientation: orientation, options: options, token: token)
    }
}

extension FrameStream {
    /// Protects the next buffer of a stream in place: 420v, 420f, or x420.
    public func protect(_ buffer: CVPixelBuffer, orientation: PhotoOrientation = .upright) throws {
        try buffer.locked(readOnly: false) {
            guard let frame = buffer.yuvFrame(orientation) else { throw buffer.unsupported }
            try protect(frame)
        }
    }
}

extension CVPixelBuffer {
    func locked<Value>(readOnly: Bool, _ body: () throws -> Value) throws -> Value {
        let flags: CVPixelBufferLockFlags = readOnly ? .readOnly : []
        let code = CVPixelBufferLockBaseAddress(self, flags)
        guard code == kCVReturnSuccess else {
            throw ConfounderError.InvalidPixels(reason: "CVPixelBufferLockBaseAddress gave \(code)")
        }
        defer { CVPixelBufferUnlockBaseAddress(self, flags) }
        return try body()
    }

    /// The pixels of a locked buffer in one plane.
    func pixels(_ orientation: PhotoOrientation) throws -> Pixels {
        guard CVPixelBufferGetPixelFormatType(self) == kCVPixelFormatType_32BGRA else { throw unsupported }
        let stride = CVPixelBufferGetBytesPerRow(self)
        let height = CVPixelBufferGetHeight(self)
        return Pixels(
            memory: UnsafeMutableRawBufferPointer(
                start: CVPixelBufferGetBaseAddress(self), count: stride * height),
            width: CVPixelBufferGetWidth(self),
            height: height,
            stride: stride,
            layout: .bgra,
            orientation: orientation
        )
    }

    /// The planes of a locked buffer; nil where it has other planes than luma and pairs of chroma.
    func yuvFrame(_ orientation: PhotoOrientation) -> YuvFrame? {
        var format: YuvFormat
        switch CVPixelBufferGetPixelFormatType(self) {
        case kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange: format = .limitedRange
        case kCVPixelFormatType_420YpCbCr8BiPlanarFullRange: format = []
        case kCVPixelFormatType_420YpCbCr10BiPlanarVideoRange: format = [.limitedRange, .tenBits]
        default: return nil
        }
        let matrix = CVBufferCopyAttachment(self, kCVImageBufferYCbCrMatrixKey, nil)
        if matrix as? String != kCVImageBufferYCbCrMatrix_ITU_R_601_4 as String {
            format.insert(.bt709)
        }
        return YuvFrame(
            width: CVPixelBufferGetWidth(self),
            height: CVPixelBufferGetHeight(self),
            luma: plane(0),
            lumaStride: CVPixelBufferGetBytesPerRowOfPlane(self, 0),
            chroma: plane(1),
            chromaStride: CVPixelBufferGetBytesPerRowOfPlane(self, 1),
            format: format,
            orientation: orientation
        )
    }

    func copy(to target: CVPixelBuffer) throws {
        let same =
            CVPixelBufferGetPixelFormatType(self) == CVPixelBufferGetPixelFormatType(target)
            && CVPixelBufferGetWidth(self) == CVPixelBufferGetWidth(target)
            && CVPixelBufferGetHeight(self) == CVPixelBufferGetHeight(target)
        guard same else {
            throw ConfounderError.InvalidPixels(reason: "the two pixel buffers differ in size or format")
        }
        try locked(readOnly: true) {
            try target.locked(readOnly: false) {
                for index in 0..<max(1, CVPixelBufferGetPlaneCount(self)) {
                    copyRows(from: plane(index), rowBytes(index), to: target.plane(index), target.rowBytes(index))
                }
            }
        }
        CVBufferPropagateAttachments(self, target)
    }

    /// The memory of a plane; of the whole where there are no planes.
    private func plane(_ index: Int) -> UnsafeMutableRawBufferPointer {
        guard CVPixelBufferIsPlanar(self) else {
            let count = CVPixelBufferGetBytesPerRow(self) * CVPixelBufferGetHeight(self)
            return UnsafeMutableRawBufferPointer(start: CVPixelBufferGetBaseAddress(self), count: count)
        }
        let count = rowBytes(index) * CVPixelBufferGetHeightOfPlane(self, index)
        return UnsafeMutableRawBufferPointer(start: CVPixelBufferGetBaseAddressOfPlane(self, index), count: count)
    }

    private func rowBytes(_ index: Int) -> Int {
        CVPixelBufferIsPlanar(self)
            ? CVPixelBufferGetBytesPerRowOfPlane(self, index) : CVPixelBufferGetBytesPerRow(self)
    }

    fileprivate var unsupported: ConfounderError {
        .UnsupportedFormat(
            reason: "pixel format \(CVPixelBufferGetPixelFormatType(self)); use 32BGRA, 420v, 420f or x420")
    }
}
#endif
