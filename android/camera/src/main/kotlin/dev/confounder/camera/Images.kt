package dev.confounder.camera

import android.graphics.ImageFormat
import android.media.Image
import androidx.camera.core.ImageProxy
import dev.confounder.Confounder
import dev.confounder.ConfounderException
import dev.confounder.FrameStream
import dev.confounder.ProtectOptions
import dev.confounder.Report
import dev.confounder.YuvFrame

/**
 * The planes of a `YUV_420_888` image, as they are; nothing is copied. [rotationDegrees] is how far the image must be turned
 * clockwise to be upright.
 *
 * Whether the planes of an image that comes from a camera may be written to is up to the device: many allow it. Those of an
 * `ImageWriter` always can.
 */
public fun Image.asYuvFrame(rotationDegrees: Int): YuvFrame {
    requireYuv(format)
    val (luma, cb, cr) = planes
    return YuvFrame(
        width, height, luma.buffer, cb.buffer, cr.buffer,
        luma.rowStride, cb.rowStride, cb.pixelStride, exifOrientation(rotationDegrees),
    )
}

/** As that of [Image], for CameraX. */
public fun ImageProxy.asYuvFrame(): YuvFrame {
    requireYuv(format)
    val (luma, cb, cr) = planes
    return YuvFrame(
        width, height, luma.buffer, cb.buffer, cr.buffer,
        luma.rowStride, cb.rowStride, cb.pixelStride, exifOrientation(imageInfo.rotationDegrees),
    )
}

/** Protects one image of CameraX in place, which must not be closed meanwhile. */
public suspend fun Confounder.protect(
    image: ImageProxy,
    options: ProtectOptions = ProtectOptions(),
): Report = protect(image.asYuvFrame(), options)

/** Protects the next image of a preview in place. For `ImageAnalysis.Analyzer.analyze`. */
public fun FrameStream.protect(image: ImageProxy): Unit = protect(image.asYuvFrame())

internal fun exifOrientation(rotationDegrees: Int): Int = when (Math.floorMod(rotationDegrees, 360)) {
    0 -> 1
    90 -> 6
    180 -> 3
    270 -> 8
    else -> throw ConfounderException.InvalidPixels("$rotationDegrees degrees are no quarter turns")
}

private fun requireYuv(format: Int) {
    if (format != ImageFormat.YUV_420_888) {
        throw ConfounderException.UnsupportedFormat("the image format is $format; only YUV_420_888 has planes to protect")
    }
}
