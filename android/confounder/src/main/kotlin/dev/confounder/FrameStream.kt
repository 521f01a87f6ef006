package dev.confounder

/**
 * Protects the frames of a preview or a video in place, one after the other, on the caller's thread: a millisecond or two
 * for 1080p. The residual is computed on a thread of its own; see [FrameOptions]. The first frame waits for it.
 */
public class FrameStream internal constructor(private val frames: FrameProtector) : AutoCloseable {
    /** Protects the next frame. Not from two threads at once. */
    public fun protect(frame: YuvFrame) {
        writable(frame.cb)
        writable(frame.cr)
        val stream = frames.uniffiCloneHandle()
        val failure = NativePixels.protectFrame(stream, frame.luma, frame.cb, frame.cr, frame.numbers()) ?: return
        read(failure)
    }

    /** Ends the stream and its thread. */
    override fun close() {
        frames.close()
    }
}
