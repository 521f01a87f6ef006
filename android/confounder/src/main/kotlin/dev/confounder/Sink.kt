package dev.confounder

import android.content.ContentResolver
import android.net.Uri
import java.io.FileOutputStream
import java.io.IOException
import java.io.InputStream
import java.io.SyncFailedException

/** Where a photo goes: written once and whole. Where that fails, what was there before is put back, or the error says so. */
internal class Sink(private val resolver: ContentResolver, private val uri: Uri, private val rescue: Rescue) {
    fun write(bytes: ByteArray) {
        val before = platform("no copy of what is at $uri could be kept, so nothing was written") {
            existing()?.use { rescue.keep(uri, it) }
        }
        try {
            platform("$uri cannot be written") {
                whole { it.write(bytes) }
                if (!holds(bytes)) throw IOException("it does not hold what was written to it")
            }
        } catch (failure: ConfounderException) {
            throw undone(failure, before)
        }
        before?.delete()
    }

    /** Puts back what was kept. */
    fun restore(kept: Rescue.Kept): Unit = whole { out -> kept.open().use { it.copyTo(out) } }

    /** What is there; null where there is nothing or the provider does not say. */
    private fun existing(): InputStream? {
        val stream = try {
            resolver.openInputStream(uri)
        } catch (_: IOException) {
            null
        } catch (_: SecurityException) {
            null
        } catch (_: UnsupportedOperationException) {
            null
        } ?: return null
        val ahead = java.io.PushbackInputStream(stream)
        val first = ahead.read()
        if (first < 0) {
            ahead.close()
            return null
        }
        return ahead.apply { unread(first) }
    }

    private fun whole(write: (java.io.OutputStream) -> Unit) {
        // "wt": a longer file that was there before is cut.
        val stream = resolver.openOutputStream(uri, "wt") ?: throw IOException("its provider gives no stream")
        stream.use {
            write(it)
            it.flush()
            try {
                (it as? FileOutputStream)?.fd?.sync()
            } catch (_: SyncFailedException) {
                // A pipe, which the provider reads: it has nothing to sync.
            }
        }
    }

    /** Whether the sink holds these bytes; a provider that lets nobody read is believed. */
    private fun holds(bytes: ByteArray): Boolean {
        val stream = try {
            resolver.openInputStream(uri)
        } catch (_: IOException) {
            null
        } catch (_: SecurityException) {
            null
        }
        return stream?.use { it.readBytes().contentEquals(bytes) } ?: true
    }

    private fun undone(failure: ConfounderException, before: Rescue.Kept?): ConfounderException {
        val outcome = try {
            if (before == null) {
                whole { }
                "there was nothing before, and it is empty now"
            } else {
                restore(before)
                before.delete()
                "what was there before is there again"
            }
        } catch (_: Exception) {
            before?.let { "what was there before is kept in ${it.path}; Confounder.recover puts it back" }
                ?: "it may hold a part of the photo"
        }
        return ConfounderException.Io("${failure.reason}; $outcome").apply { initCause(failure) }
    }
}
