package dev.confounder

import java.io.ByteArrayOutputStream
import java.io.DataOutputStream
import java.nio.ByteBuffer
import java.util.function.IntUnaryOperator

/** The objects of a call that has none. */
internal val NOTHING: Array<NativeObject?> = emptyArray()

/** Makes the call of a name: with objects, bytes that are read where they lie, a listener, and what [write] writes. */
internal inline fun <T> invoke(
    function: String,
    objects: Array<out NativeObject?>,
    data: ByteBuffer?,
    listener: ProgressListener?,
    write: (DataOutputStream) -> Unit,
    read: (ByteBuffer) -> T,
): T {
    val arguments = serialised(write)
    return read(called(objects, listener) { handles, told -> Native.call(function, handles, arguments, data, told) })
}

/** The answer's value, ready to be read. The objects are kept open until the call is back. */
internal fun called(
    objects: Array<out NativeObject?>,
    listener: ProgressListener?,
    call: (LongArray, IntUnaryOperator?) -> ByteArray,
): ByteBuffer {
    Native.load()
    val told = listener?.let(::Told)
    val handles = LongArray(objects.size)
    var entered = 0
    val answer = try {
        while (entered < objects.size) {
            handles[entered] = objects[entered]?.enter() ?: 0
            entered++
        }
        call(handles, told)
    } finally {
        while (entered > 0) {
            objects[--entered]?.leave()
        }
    }
    return value(answer, told?.thrown)
}

/** A value, or the error that it is. */
internal fun value(answer: ByteArray, thrown: Throwable? = null): ByteBuffer {
    val bytes = ByteBuffer.wrap(answer)
    if (bytes.get() == 0.toByte()) {
        return bytes
    }
    val error = readConfounderError(bytes)
    if (thrown == null || error !is ConfounderException.ListenerFailed) {
        throw error
    }
    throw ConfounderException.ListenerFailed(thrown.toString()).apply { initCause(thrown) }
}

internal inline fun serialised(write: (DataOutputStream) -> Unit): ByteArray =
    ByteArrayOutputStream().also { write(DataOutputStream(it)) }.toByteArray()

/** The listener as native code calls it, by a method that no shrinker renames. Keeps what the app's own code threw. */
internal class Told(private val listener: ProgressListener) : IntUnaryOperator {
    @Volatile
    var thrown: Throwable? = null
        private set

    override fun applyAsInt(stage: Int): Int =
        try {
            listener.onStage(Stage.entries[stage - 1])
            0
        } catch (failure: Throwable) {
            thrown = failure
            1
        }
}
