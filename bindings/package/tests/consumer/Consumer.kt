package dev.confounder.consumer

import android.content.Context
import android.graphics.Bitmap
import dev.confounder.Confounder
import dev.confounder.ConfounderException
import dev.confounder.PixelShape
import dev.confounder.YuvFrame
import java.io.File
import java.nio.ByteBuffer
import kotlinx.coroutines.runBlocking

private var passed = 0

private fun check(what: String, holds: Boolean) {
    if (!holds) throw AssertionError(what)
    passed++
}

/** An app's use of the library, shrunk by R8 and run on the JVM. Android's classes are stand-ins that R8 does not know. */
fun main(arguments: Array<String>): Unit = runBlocking {
    val context = Class.forName("android.content.Context").getConstructor().newInstance() as Context
    check("the native library is found", Confounder.isSupported())
    val confounder = Confounder.open(context)
    check("the generator names itself", confounder.generator.name.isNotEmpty())

    val photo = File(arguments[0]).readBytes()
    val stages = mutableListOf<String>()
    val protected = confounder.protect(photo) { stages += it.toString() }
    check("a photo file is protected", !protected.bytes.contentEquals(photo))
    check("stages are told", stages.isNotEmpty())
    check("a photo is planned", confounder.plan(photo).mediaType == "image/jpeg")
    check("a photo is inspected", confounder.inspect(photo).toString().isNotEmpty())
    confounder.detect(protected.bytes)

    val buffer = ByteBuffer.allocateDirect(640 * 480 * 4)
    for (i in 0 until buffer.capacity()) buffer.put(i, (90 + i % 4 * 20 + i / 9000).toByte())
    val before = ByteArray(buffer.capacity()).also { buffer.duplicate().get(it) }
    confounder.protect(buffer, PixelShape(640, 480))
    check("a buffer is protected", !ByteArray(buffer.capacity()).also { buffer.duplicate().get(it) }.contentEquals(before))

    val int = Int::class.java
    val maker = Class.forName("android.graphics.Bitmap").getConstructor(int, int, int, int, int, Boolean::class.java)
    val bitmap = maker.newInstance(64, 48, 256, 1, 0, true) as Bitmap
    val pixels = bitmap.javaClass.getField("pixels").get(bitmap) as ByteBuffer
    for (i in 0 until pixels.capacity()) pixels.put(i, if (i % 4 == 3) -1 else (60 + i % 4 * 30).toByte())
    check("a bitmap is protected", (confounder.protect(bitmap).psnrDb ?: 0.0) > 20.0)

    val plane = { ByteBuffer.allocateDirect(64 * 48) }
    confounder.stream().use { it.protect(YuvFrame(64, 48, plane(), plane(), plane(), 64, 32, 1)) }

    val refused = try {
        confounder.protect(buffer, PixelShape(6400, 4800))
        null
    } catch (failure: ConfounderException.InvalidPixels) {
        failure
    }
    check("a wrong shape is a typed error with words", !refused?.message.isNullOrEmpty())
    val unread = try {
        confounder.protect(byteArrayOf(1, 2, 3))
        null
    } catch (failure: ConfounderException) {
        failure
    }
    check("what is no photo is a typed error with words", !unread?.message.isNullOrEmpty())
    confounder.close()
    val closed = try {
        confounder.protect(photo)
        null
    } catch (failure: ConfounderException.Closed) {
        failure
    }
    check("a call after the end is a typed error", closed != null)
    println("consumer: $passed passed")
}
