package dev.confounder

/**
 * Protects the frames of a preview or a video in place, one after the other, on the caller's thread: a millisecond or two
 * for 1080p. The residual is computed on a thread of its own; see [FrameOptions]. The first frame waits for it.
 */
public class FrameStream internal constructor(private val frames: FrameProtector) : AutoCloseable {
    /** Protects the next frame. A second thread waits until the first one's frame is done. */
    public fun protect(frame: YuvFrame) {
        writable(frame.cb)
        writable(frame.cr)
        val failure = frames.use { Native.protectFrame(it, frame.luma, frame.cb, frame.cr, frame.numbers()) }
        failure?.let(::value)
    }

    /** Ends the stream and its thread, after the frame that is under way. A frame after that is a [ConfounderException.Closed]. */
    override fun close() {
        frames.close()
    }
}
