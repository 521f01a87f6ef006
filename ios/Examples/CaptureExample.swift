import AVFoundation
import Confounder

/// Protects each photo as it is taken, before it is stored anywhere.
final class ProtectingCapture: NSObject, AVCapturePhotoCaptureDelegate {
    private let confounder: Confounder
    private let store: @Sendable (Data) -> Void
    private let failed: @Sendable (Data?, Error) -> Void

    /// `failed` is given the photo that could not be protected, so that the app asks what to do and no photo is lost.
    init(
        confounder: Confounder,
        store: @escaping @Sendable (Data) -> Void,
        failed: @escaping @Sendable (Data?, Error) -> Void
    ) {
        self.confounder = confounder
        self.store = store
        self.failed = failed
    }

    func photoOutput(_ output: AVCapturePhotoOutput, didFinishProcessingPhoto photo: AVCapturePhoto, error: Error?) {
        if let error { return failed(nil, error) }
        guard let data = photo.fileDataRepresentation() else { return failed(nil, CocoaError(.fileReadUnknown)) }
        Task { [confounder, store, failed] in
            do {
                store(try await confounder.protect(imageData: data))
            } catch {
                failed(data, error)
            }
        }
    }
}

/// Protects a preview, frame by frame, in buffers of its own: those of a capture session must not be written to.
final class ProtectingPreview: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate {
    private let stream: FrameStream
    private let show: (CVPixelBuffer) -> Void
    private let copy: (CVPixelBuffer) -> CVPixelBuffer?

    init(stream: FrameStream, copy: @escaping (CVPixelBuffer) -> CVPixelBuffer?, show: @escaping (CVPixelBuffer) -> Void) {
        self.stream = stream
        self.copy = copy
        self.show = show
    }

    func captureOutput(_ output: AVCaptureOutput, didOutput buffer: CMSampleBuffer, from connection: AVCaptureConnection) {
        guard let image = CMSampleBufferGetImageBuffer(buffer), let own = copy(image) else { return }
        do {
            try stream.protect(own, orientation: .right)
            show(own)
        } catch {
            // A frame that could not be protected is not shown.
        }
    }
}
