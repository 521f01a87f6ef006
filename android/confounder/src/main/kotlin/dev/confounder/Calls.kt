package dev.confounder

import java.nio.ByteBuffer
import java.util.concurrent.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/**
 * Runs native work off the caller's thread. Cancelling the coroutine cancels the token at once, on the thread that cancels,
 * and the call ends with the coroutine's own CancellationException as soon as the native work has noticed.
 */
internal suspend fun <T> call(
    onStage: ((Stage) -> Unit)?,
    work: (CancelToken, ProgressListener?) -> T,
): T = coroutineScope {
    val token = CancelToken()
    val listener = onStage?.let(::Listener)
    val watcher = launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
        try {
            awaitCancellation()
        } finally {
            token.cancel()
        }
    }
    try {
        withContext(Dispatchers.Default) { work(token, listener) }
    } catch (cancelled: ConfounderException.Cancelled) {
        throw CancellationException(cancelled.reason).apply { initCause(cancelled) }
    } catch (failed: ConfounderException.ListenerFailed) {
        // The app gets what its own code threw, not a copy of its message.
        throw failed.cause ?: failed
    } finally {
        // The token is left to the garbage collector: another thread may be about to cancel it.
        watcher.cancel()
    }
}

private class Listener(private val onStage: (Stage) -> Unit) : ProgressListener {
    override fun onStage(stage: Stage): Unit = onStage.invoke(stage)
}

internal fun serialised(options: ProtectOptions): ByteArray = serialised { writeProtectOptions(it, options) }

/** The bytes in memory that native code can read where it lies. */
internal fun direct(bytes: ByteArray): ByteBuffer =
    ByteBuffer.allocateDirect(bytes.size).put(bytes).apply { flip() }

internal fun writable(buffer: ByteBuffer) {
    if (buffer.isReadOnly) {
        throw ConfounderException.InvalidPixels("the buffer is read-only; protect a copy of it")
    }
}
