package dev.confounder

import java.nio.ByteBuffer

/** How the samples of a pixel follow one another; the number is the library's. */
public enum class PixelLayout(internal val number: Int, internal val bytes: Int) {
    /** Red, green, blue, alpha of 8 bits each: Android's bitmaps. */
    RGBA(0, 4),

    /** Blue, green, red, alpha of 8 bits each. */
    BGRA(1, 4),

    /** Red, green, blue of 8 bits each. */
    RGB(2, 3),

    /** Gray of 8 bits. */
    GRAY(3, 1),

    /** Red, green, blue, alpha of 16 bits each, in the byte order of the machine. */
    RGBA_16(4, 8),

    /** Red, green, blue of 16 bits each, in the byte order of the machine. */
    RGB_16(5, 6),
}

/**
 * The shape of pixels in memory.
 *
 * @property stride bytes from one row to the next
 * @property orientation how the pixels lie, as EXIF counts it; 1 is upright
 */
public class PixelShape(
    public val width: Int,
    public val height: Int,
    public val layout: PixelLayout = PixelLayout.RGBA,
    public val stride: Int = width * layout.bytes,
    public val orientation: Int = 1,
) {
    internal fun numbers(): IntArray = intArrayOf(width, height, stride, layout.number, orientation)
}

/**
 * A frame of 8 bits and 4:2:0 in three direct buffers, as Android gives `YUV_420_888`. The buffers of Cb and Cr may be
 * views of the same memory (NV12, NV21). Luma is only read. Strides are in bytes.
 *
 * @property orientation how the pixels lie, as EXIF counts it; 6 for a phone held upright
 * @property video whether the samples are limited-range BT.709, as in video files; cameras give full-range BT.601
 */
public class YuvFrame(
    public val width: Int,
    public val height: Int,
    public val luma: ByteBuffer,
    public val cb: ByteBuffer,
    public val cr: ByteBuffer,
    public val lumaStride: Int,
    public val chromaStride: Int,
    public val chromaPixelStride: Int,
    public val orientation: Int = 1,
    public val video: Boolean = false,
) {
    internal fun numbers(): IntArray {
        val format = if (video) LIMITED or BT709 else 0
        return intArrayOf(width, height, lumaStride, 1, chromaStride, chromaPixelStride, format, orientation)
    }

    private companion object {
        const val LIMITED = 1
        const val BT709 = 2
    }
}
