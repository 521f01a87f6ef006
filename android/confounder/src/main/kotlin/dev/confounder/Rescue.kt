package dev.confounder

import android.content.Context
import android.net.Uri
import java.io.File
import java.io.FileOutputStream
import java.io.InputStream
import java.util.UUID

/** Copies of photos that are about to be written over, in a folder of the app that is not backed up. They outlive the process. */
internal class Rescue(context: Context) {
    private val folder = context.noBackupFilesDir.resolve("confounder/rescue")

    /** A copy, and where it belongs. */
    class Kept(private val file: File, private val place: File) {
        val uri: Uri get() = Uri.parse(place.readText())
        val path: String get() = file.path

        fun open(): InputStream = file.inputStream()

        fun delete() {
            place.delete()
            file.delete()
        }
    }

    fun keep(uri: Uri, content: InputStream): Kept {
        folder.mkdirs()
        val name = UUID.randomUUID().toString()
        val (file, place) = folder.resolve("$name.photo") to folder.resolve("$name.uri")
        try {
            FileOutputStream(file).use {
                content.copyTo(it)
                it.fd.sync()
            }
            // The place is written last: a copy without one is not whole.
            place.writeText(uri.toString())
        } catch (failure: Exception) {
            place.delete()
            file.delete()
            throw failure
        }
        return Kept(file, place)
    }

    /** What a process that ended has left. */
    fun all(): List<Kept> {
        val files = folder.listFiles().orEmpty().filter { it.extension == "photo" }
        return files.map { Kept(it, File(it.path.removeSuffix("photo") + "uri")) to it }
            .filter { (_, file) -> File(file.path.removeSuffix("photo") + "uri").exists() }
            .map { it.first }
    }
}
