package dev.confounder

import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.ImageDecoder
import android.media.ExifInterface
import android.net.Uri
import android.os.Build
import java.io.FileNotFoundException
import java.io.IOException
import java.io.InputStream
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** Photos behind content URIs. */
internal class Documents(private val resolver: ContentResolver, private val confounder: Confounder) {
    suspend fun protect(source: Uri, sink: Uri, options: ProtectOptions, onStage: ((Stage) -> Unit)?): Report =
        withContext(Dispatchers.IO) {
            val photo = open(source).use(InputStream::readBytes)
            if (buildInfo().codecs && isOurs(photo)) {
                val protected = confounder.protect(photo, options, onStage)
                write(sink, protected.bytes)
                protected.report
            } else {
                decoded(source, sink, options, onStage)
            }
        }

    /** By the phone's own decoders: HEIC, AVIF, raw. */
    private suspend fun decoded(
        source: Uri,
        sink: Uri,
        options: ProtectOptions,
        onStage: ((Stage) -> Unit)?,
    ): Report {
        val exif = open(source).use(::ExifInterface)
        val photo = bitmap(source)
        try {
            // ImageDecoder turns the photo upright, BitmapFactory does not.
            val orientation = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) 1 else orientation(exif)
            val report = confounder.protect(photo, options, orientation, onStage)
            val quality = options.quality?.toInt() ?: DEFAULT_QUALITY
            val stream = resolver.openOutputStream(sink, "wt") ?: throw FileNotFoundException("$sink cannot be written")
            stream.use { photo.compress(Bitmap.CompressFormat.JPEG, quality, it) }
            if (options.metadata != MetadataPolicy.STRIP) {
                copyExif(exif, sink, orientation, options.metadata == MetadataPolicy.PRIVATE)
            }
            return report
        } finally {
            photo.recycle()
        }
    }

    private fun bitmap(source: Uri): Bitmap {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            return ImageDecoder.decodeBitmap(ImageDecoder.createSource(resolver, source)) { decoder, _, _ ->
                decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
                decoder.isMutableRequired = true
            }
        }
        val options = BitmapFactory.Options().apply { inMutable = true }
        return open(source).use { BitmapFactory.decodeStream(it, null, options) }
            ?: throw ConfounderException.UnsupportedFormat("this phone cannot decode the photo")
    }

    private fun copyExif(from: ExifInterface, sink: Uri, orientation: Int, private: Boolean) {
        val file = resolver.openFileDescriptor(sink, "rw") ?: throw FileNotFoundException("$sink cannot be written")
        file.use {
            val to = ExifInterface(it.fileDescriptor)
            for (tag in if (private) EXIF_TO_SHARE else EXIF_TO_SHARE + EXIF_TO_KEEP) {
                from.getAttribute(tag)?.let { value -> to.setAttribute(tag, value) }
            }
            to.setAttribute(ExifInterface.TAG_ORIENTATION, orientation.toString())
            to.saveAttributes()
        }
    }

    private fun orientation(exif: ExifInterface): Int =
        exif.getAttributeInt(ExifInterface.TAG_ORIENTATION, 1).takeIf { it in 1..8 } ?: 1

    private fun open(source: Uri): InputStream =
        resolver.openInputStream(source) ?: throw FileNotFoundException("$source cannot be read")

    private fun write(sink: Uri, bytes: ByteArray) {
        // "wt": a longer file that was there before is cut.
        val stream = resolver.openOutputStream(sink, "wt") ?: throw IOException("$sink cannot be written")
        stream.use { it.write(bytes) }
    }
}

private const val DEFAULT_QUALITY = 95

/** Whether the library itself reads this format, told from its first bytes: JPEG, PNG, WebP, TIFF, JPEG XL. */
internal fun isOurs(photo: ByteArray): Boolean {
    fun has(offset: Int, vararg bytes: Int) =
        photo.size >= offset + bytes.size && bytes.indices.all { photo[offset + it] == bytes[it].toByte() }
    return has(0, 0xFF, 0xD8, 0xFF) ||
        has(0, 0x89, 'P'.code, 'N'.code, 'G'.code) ||
        has(0, 'R'.code, 'I'.code, 'F'.code, 'F'.code) && has(8, 'W'.code, 'E'.code, 'B'.code, 'P'.code) ||
        has(0, 0xFF, 0x0A) ||
        has(4, 'J'.code, 'X'.code, 'L'.code, ' '.code) ||
        has(0, 'I'.code, 'I'.code, 42, 0) ||
        has(0, 'M'.code, 'M'.code, 0, 42)
}

/** When and how a photo was taken. */
private val EXIF_TO_SHARE = listOf(
    ExifInterface.TAG_DATETIME,
    ExifInterface.TAG_DATETIME_ORIGINAL,
    ExifInterface.TAG_DATETIME_DIGITIZED,
    ExifInterface.TAG_SUBSEC_TIME,
    ExifInterface.TAG_SUBSEC_TIME_ORIGINAL,
    ExifInterface.TAG_MAKE,
    ExifInterface.TAG_MODEL,
    ExifInterface.TAG_EXPOSURE_TIME,
    ExifInterface.TAG_F_NUMBER,
    ExifInterface.TAG_ISO_SPEED_RATINGS,
    ExifInterface.TAG_FOCAL_LENGTH,
    ExifInterface.TAG_FOCAL_LENGTH_IN_35MM_FILM,
    ExifInterface.TAG_EXPOSURE_BIAS_VALUE,
    ExifInterface.TAG_EXPOSURE_PROGRAM,
    ExifInterface.TAG_METERING_MODE,
    ExifInterface.TAG_WHITE_BALANCE,
    ExifInterface.TAG_FLASH,
)

/** Who took it and where. */
private val EXIF_TO_KEEP = listOf(
    ExifInterface.TAG_ARTIST,
    ExifInterface.TAG_COPYRIGHT,
    ExifInterface.TAG_IMAGE_DESCRIPTION,
    ExifInterface.TAG_USER_COMMENT,
    ExifInterface.TAG_SOFTWARE,
    ExifInterface.TAG_GPS_LATITUDE,
    ExifInterface.TAG_GPS_LATITUDE_REF,
    ExifInterface.TAG_GPS_LONGITUDE,
    ExifInterface.TAG_GPS_LONGITUDE_REF,
    ExifInterface.TAG_GPS_ALTITUDE,
    ExifInterface.TAG_GPS_ALTITUDE_REF,
    ExifInterface.TAG_GPS_DATESTAMP,
    ExifInterface.TAG_GPS_TIMESTAMP,
)
