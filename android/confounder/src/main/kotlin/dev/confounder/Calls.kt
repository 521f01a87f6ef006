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
        throw listener?.thrown ?: failed
    } finally {
        // The token is left to the cleaner: another thread may be about to cancel it.
        watcher.cancel()
    }
}

/** Keeps what the app's own code threw, so that the app gets that and not a copy of its message. */
private class Listener(private val onStage: (Stage) -> Unit) : ProgressListener {
    @Volatile
    var thrown: Throwable? = null
        private set

    override fun onStage(stage: Stage) {
        try {
            onStage.invoke(stage)
        } catch (failure: Throwable) {
            thrown = failure
            throw ConfounderException.ListenerFailed(failure.toString())
        }
    }
}

/** A reference of its own for each object, which the native method takes over. */
internal fun handles(protector: Protector, cancel: CancelToken, listener: ProgressListener?): LongArray = longArrayOf(
    protector.uniffiCloneHandle(),
    cancel.uniffiCloneHandle(),
    listener?.let(FfiConverterTypeProgressListener::lower) ?: 0L,
)

internal fun serialised(options: ProtectOptions): ByteArray {
    val room = ByteBuffer.allocate(FfiConverterTypeProtectOptions.allocationSize(options).toInt())
    FfiConverterTypeProtectOptions.write(options, room)
    return room.array().copyOf(room.position())
}

/** A native method's answer. */
internal fun read(answer: ByteArray): Report {
    val bytes = ByteBuffer.wrap(answer)
    if (bytes.get() == 0.toByte()) {
        return FfiConverterTypeReport.read(bytes)
    }
    throw FfiConverterTypeConfounderError.read(bytes)
}

/** The bytes in memory that native code can read where it lies. */
internal fun direct(bytes: ByteArray): ByteBuffer =
    ByteBuffer.allocateDirect(bytes.size).put(bytes).apply { flip() }

internal fun writable(buffer: ByteBuffer) {
    if (buffer.isReadOnly) {
        throw ConfounderException.InvalidPixels("the buffer is read-only; protect a copy of it")
    }
}
