package dev.confounder

import java.nio.ByteBuffer

/** The native methods for pixels that are changed where they lie. Names and types are those of the library. */
internal object NativePixels {
    init {
        System.loadLibrary("confounder_mobile")
    }

    /** Loads the library, if that has not been done. */
    fun load(): Unit = Unit

    @JvmStatic
    external fun protectBitmap(handles: LongArray, options: ByteArray, bitmap: Any, orientation: Int): ByteArray

    @JvmStatic
    external fun protectBuffer(handles: LongArray, options: ByteArray, buffer: ByteBuffer, shape: IntArray): ByteArray

    @JvmStatic
    external fun protectYuv(
        handles: LongArray,
        options: ByteArray,
        luma: ByteBuffer,
        cb: ByteBuffer,
        cr: ByteBuffer,
        shape: IntArray,
    ): ByteArray

    @JvmStatic
    external fun protectFrame(
        stream: Long,
        luma: ByteBuffer,
        cb: ByteBuffer,
        cr: ByteBuffer,
        shape: IntArray,
    ): ByteArray?
}
