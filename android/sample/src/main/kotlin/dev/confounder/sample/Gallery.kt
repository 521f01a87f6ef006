package dev.confounder.sample

import android.content.ContentResolver
import android.content.ContentValues
import android.net.Uri
import android.provider.MediaStore
import java.io.IOException

/** The phone's photos, by MediaStore: an app may add its own without a permission. */
internal class Gallery(private val resolver: ContentResolver) {
    /** A new photo of a media type; MediaStore adds the ending that goes with it. */
    fun create(name: String, type: String, pending: Boolean = false): Uri {
        val values = ContentValues().apply {
            put(MediaStore.Images.Media.DISPLAY_NAME, "$name-${System.currentTimeMillis()}")
            put(MediaStore.Images.Media.MIME_TYPE, type)
            put(MediaStore.Images.Media.RELATIVE_PATH, "Pictures/Confounder")
            put(MediaStore.Images.Media.IS_PENDING, if (pending) 1 else 0)
        }
        val photos = MediaStore.Images.Media.getContentUri(MediaStore.VOLUME_EXTERNAL_PRIMARY)
        return resolver.insert(photos, values) ?: throw IOException("the gallery takes no photo")
    }

    /** Adds a photo that [write] writes; other apps see it only once it is whole. */
    suspend fun save(name: String, type: String, write: suspend (Uri) -> Unit) {
        val uri = create(name, type, pending = true)
        try {
            write(uri)
            resolver.update(uri, ContentValues().apply { put(MediaStore.Images.Media.IS_PENDING, 0) }, null, null)
        } catch (failure: Throwable) {
            delete(uri)
            throw failure
        }
    }

    fun delete(uri: Uri) {
        resolver.delete(uri, null, null)
    }
}
