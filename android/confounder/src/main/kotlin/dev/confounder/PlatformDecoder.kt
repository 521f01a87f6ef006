package dev.confounder

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.ImageDecoder
import android.media.ExifInterface
import android.os.Build
import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer

/** Photos that this phone's decoders read and the library does not: HEIC, AVIF, camera raw, BMP. They become JPEGs. */
internal class PlatformDecoder(private val confounder: Confounder) {
    /** What [Confounder.plan] has let through; a JPEG with the photo's metadata and the mark, and what was done. */
    suspend fun protect(
        photo: ByteArray,
        options: ProtectOptions,
        onStage: ((Stage) -> Unit)?,
    ): Pair<ByteArray, Report> {
        // ImageDecoder turns the photo upright, BitmapFactory does not.
        val upright = Build.VERSION.SDK_INT >= Build.VERSION_CODES.P
        val limits = options.limits ?: Limits()
        val (bitmap, notes) = platform("this phone cannot decode the photo") { inEightBits(decode(photo, limits)) }
        try {
            val report = confounder.protect(bitmap, options, if (upright) 1 else orientation(photo), onStage)
            val jpeg = ByteArrayOutputStream()
            val quality = options.quality?.toInt() ?: DEFAULT_QUALITY
            if (!platform("the JPEG cannot be encoded") { bitmap.compress(Bitmap.CompressFormat.JPEG, quality, jpeg) }) {
                throw ConfounderException.Encode("this phone's JPEG encoder failed; nothing was written")
            }
            val finished = confounder.finish(photo, jpeg.toByteArray(), upright, options)
            val all = report.notes + notes + finished.notes
            return finished.bytes to report.copy(jpeg = JpegMethod.PIXELS, metadata = finished.metadata, notes = all)
        } finally {
            bitmap.recycle()
        }
    }

    private fun decode(photo: ByteArray, limits: Limits): Bitmap {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            return ImageDecoder.decodeBitmap(ImageDecoder.createSource(ByteBuffer.wrap(photo))) { decoder, info, _ ->
                if (info.isAnimated) {
                    throw ConfounderException.UnsupportedFormat("the photo is an animation; save its frames as photos")
                }
                check(info.size.width, info.size.height, limits)
                decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
                decoder.isMutableRequired = true
            }
        }
        val size = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        BitmapFactory.decodeByteArray(photo, 0, photo.size, size)
        check(size.outWidth, size.outHeight, limits)
        val options = BitmapFactory.Options().apply { inMutable = true }
        return BitmapFactory.decodeByteArray(photo, 0, photo.size, options)
            ?: throw ConfounderException.Decode("this phone cannot decode the photo")
    }

    private fun check(width: Int, height: Int, limits: Limits) {
        val fits = width.toUInt() <= limits.maxWidth && height.toUInt() <= limits.maxHeight &&
            width.toULong() * height.toULong() <= limits.maxPixels
        if (!fits) {
            throw ConfounderException.LimitExceeded("the photo is $width x $height px, more than ProtectOptions.limits allow")
        }
    }

    /** Ten and sixteen bits a sample become eight, which is all that a JPEG holds. */
    private fun inEightBits(bitmap: Bitmap): Pair<Bitmap, List<String>> {
        if (bitmap.config == Bitmap.Config.ARGB_8888) {
            return bitmap to emptyList()
        }
        val copy = bitmap.copy(Bitmap.Config.ARGB_8888, true)
            ?: throw ConfounderException.UnsupportedFormat("a bitmap of ${bitmap.config} cannot be copied to ARGB_8888")
        return copy to listOf("decoded as ${bitmap.config}, protected with 8 bits a sample").also { bitmap.recycle() }
    }

    private fun orientation(photo: ByteArray): Int = try {
        ExifInterface(photo.inputStream()).getAttributeInt(ExifInterface.TAG_ORIENTATION, 1).takeIf { it in 1..8 } ?: 1
    } catch (_: java.io.IOException) {
        1
    }

    private companion object {
        const val DEFAULT_QUALITY = 95
    }
}
