package dev.confounder

import java.io.DataOutputStream
import java.nio.ByteBuffer

/** Values as UniFFI serialises them: numbers by their most significant byte first, text as UTF-8 after its length. */
internal fun ByteBuffer.boolean(): Boolean = get() != 0.toByte()

internal fun ByteBuffer.bytes(): ByteArray = ByteArray(getInt()).also(::get)

internal fun ByteBuffer.string(): String = String(bytes(), Charsets.UTF_8)

internal inline fun <T> ByteBuffer.optional(read: () -> T): T? = if (boolean()) read() else null

internal inline fun <T> ByteBuffer.list(read: () -> T): List<T> = List(getInt()) { read() }

internal fun DataOutputStream.bytes(value: ByteArray) {
    writeInt(value.size)
    write(value)
}

internal fun DataOutputStream.string(value: String): Unit = bytes(value.toByteArray(Charsets.UTF_8))

internal inline fun <T : Any> DataOutputStream.optional(value: T?, write: (T) -> Unit) {
    writeBoolean(value != null)
    value?.let(write)
}

internal inline fun <T> DataOutputStream.list(values: List<T>, write: (T) -> Unit) {
    writeInt(values.size)
    values.forEach(write)
}
