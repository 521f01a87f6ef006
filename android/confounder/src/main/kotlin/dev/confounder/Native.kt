package dev.confounder

import java.nio.ByteBuffer
import java.util.function.IntUnaryOperator

/** The native methods. Names and types are those of the library. */
internal object Native {
    private val missing: UnsatisfiedLinkError? =
        try {
            System.loadLibrary("confounder_mobile")
            null
        } catch (failure: UnsatisfiedLinkError) {
            failure
        }

    /** Whether there is a library for this device's processor. */
    val supported: Boolean get() = missing == null

    /** Loads the library, if that has not been done. */
    fun load() {
        if (missing != null) {
            throw ConfounderException.UnsupportedDevice(
                "the app holds no native library for this device's processor (${missing.message}); the library comes for " +
                    "arm64-v8a and x86_64, and Confounder.isSupported() tells",
            ).apply { initCause(missing) }
        }
    }

    @JvmStatic
    external fun call(
        function: String,
        handles: LongArray,
        arguments: ByteArray,
        data: ByteBuffer?,
        listener: IntUnaryOperator?,
    ): ByteArray

    @JvmStatic
    external fun free(type: String, handle: Long)

    @JvmStatic
    external fun protectBitmap(
        handles: LongArray,
        options: ByteArray,
        listener: IntUnaryOperator?,
        bitmap: Any,
        orientation: Int,
    ): ByteArray

    @JvmStatic
    external fun protectBuffer(
        handles: LongArray,
        options: ByteArray,
        listener: IntUnaryOperator?,
        buffer: ByteBuffer,
        shape: IntArray,
    ): ByteArray

    @JvmStatic
    external fun protectYuv(
        handles: LongArray,
        options: ByteArray,
        listener: IntUnaryOperator?,
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
