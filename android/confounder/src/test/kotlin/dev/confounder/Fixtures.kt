package dev.confounder

import android.content.Context
import java.io.ByteArrayOutputStream
import java.io.File
import java.nio.ByteBuffer
import javax.imageio.ImageIO
import java.awt.image.BufferedImage
import kotlin.math.cos
import kotlin.math.sin
import kotlinx.coroutines.runBlocking

/** What the tests share. */
object Fixtures {
    /** The root of the repository. */
    val root = File(System.getProperty("confounder.root") ?: "../..")

    val photo: ByteArray by lazy { root.resolve("tests/fixtures/cyclamen_persicum.jpg").readBytes() }

    /** The bytes of the generator that comes with the library. */
    val generator: ByteArray by lazy { root.resolve("core/models/generator.onnx").readBytes() }

    val confounder: Confounder by lazy { runBlocking { Confounder.open(Context()) } }

    /** Soft colours in a direct buffer; rows are padded with 0xEE up to the stride. */
    fun pixels(width: Int, height: Int, stride: Int, bytes: Int, alpha: Int = 255): ByteBuffer {
        val buffer = ByteBuffer.allocateDirect(stride * height)
        for (y in 0 until height) {
            for (i in 0 until stride) {
                val channel = i % bytes
                val value = when {
                    i >= width * bytes -> 0xEE
                    bytes == 4 && channel == 3 -> alpha
                    else -> minOf(alpha, 90 + 40 * channel / 2 + i * 30 / stride + y * 20 / height)
                }
                buffer.put(y * stride + i, value.toByte())
            }
        }
        return buffer
    }

    /** A PNG that takes long to read and write: waves with a little grain. */
    fun largePng(width: Int, height: Int): ByteArray {
        val image = BufferedImage(width, height, BufferedImage.TYPE_INT_RGB)
        val row = IntArray(width)
        for (y in 0 until height) {
            for (x in 0 until width) {
                val grain = ((x * -1640531535) xor (y * 374761393)) ushr 29
                val wave = (90 + 60 * sin(x / 97.0) * cos(y / 61.0)).toInt() + grain
                row[x] = (wave shl 16) or ((wave + 30) shl 8) or (wave + 60)
            }
            image.setRGB(0, y, width, 1, row, 0, width)
        }
        return ByteArrayOutputStream().also { ImageIO.write(image, "png", it) }.toByteArray()
    }

    /** The bytes with one piece replaced by another of the same length. */
    fun patched(bytes: ByteArray, from: String, to: String): ByteArray {
        val text = String(bytes, Charsets.ISO_8859_1)
        require(from.length == to.length && from in text)
        return text.replaceFirst(from, to).toByteArray(Charsets.ISO_8859_1)
    }

    fun bytes(buffer: ByteBuffer): ByteArray =
        ByteArray(buffer.capacity()).also { buffer.duplicate().apply { clear() }.get(it) }

    /** The memory that this process keeps resident, in bytes. */
    fun resident(): Long = File("/proc/self/statm").readText().split(' ')[1].toLong() * 4096
}
