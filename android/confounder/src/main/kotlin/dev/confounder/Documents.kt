package dev.confounder

import android.content.Context
import android.net.Uri
import java.io.InputStream
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext

/**
 * Photos behind content URIs: read once, decided once, protected in memory, and written once, as the last step. Until then
 * nothing that is at the sink is touched.
 */
internal class Documents(context: Context, private val confounder: Confounder) {
    private val resolver = context.contentResolver
    private val rescue = Rescue(context)

    suspend fun protect(source: Uri, sink: Uri, options: ProtectOptions, onStage: ((Stage) -> Unit)?): Report =
        withContext(Dispatchers.IO) {
            val photo = platform("$source cannot be read") {
                val stream = resolver.openInputStream(source)
                    ?: throw ConfounderException.Io("$source cannot be read: its provider gives no stream")
                stream.use(InputStream::readBytes)
            }
            val plan = confounder.plan(photo, options)
            val (bytes, report) = when (plan.way) {
                Way.LIBRARY -> confounder.protect(photo, options, onStage).run { bytes to report }
                Way.PLATFORM -> PlatformDecoder(confounder).protect(photo, options, onStage)
            }
            ensureActive()
            withContext(NonCancellable) { Sink(resolver, sink, rescue).write(bytes) }
            report
        }
}
