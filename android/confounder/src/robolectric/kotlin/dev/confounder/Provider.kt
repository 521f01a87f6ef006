package dev.confounder

import android.content.ContentProvider
import android.content.ContentValues
import android.database.Cursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import java.io.File
import java.io.FileNotFoundException

/**
 * Files behind content URIs. Those below `/stream` take "w" but not "rw", as cloud drives do; those below `/denied` refuse;
 * those below `/dying` are cut and then fail when they are written.
 */
class Provider : ContentProvider() {
    override fun onCreate() = true

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor {
        opened += "${uri.lastPathSegment} $mode"
        val file = File(folder, uri.lastPathSegment!!)
        val path = uri.path!!
        if (path.startsWith("/denied")) throw SecurityException("Permission Denial: no access to $uri")
        if (path.startsWith("/stream") && mode == "rw") throw FileNotFoundException("Unsupported mode: rw")
        if (path.startsWith("/dying") && "w" in mode && deaths-- > 0) {
            file.writeBytes(ByteArray(3))
            throw IllegalStateException("the provider's process died")
        }
        return ParcelFileDescriptor.open(file, ParcelFileDescriptor.parseMode(mode))
    }

    override fun query(u: Uri, p: Array<String>?, s: String?, a: Array<String>?, o: String?): Cursor? = null

    override fun getType(uri: Uri): String? = null

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun delete(uri: Uri, s: String?, a: Array<String>?) = 0

    override fun update(uri: Uri, v: ContentValues?, s: String?, a: Array<String>?) = 0

    companion object {
        lateinit var folder: File
        val opened = mutableListOf<String>()
        var deaths = 0
    }
}
