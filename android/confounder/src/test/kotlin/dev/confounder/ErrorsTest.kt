package dev.confounder

import android.content.Context
import java.nio.ByteBuffer
import kotlin.reflect.KClass
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking

/** Every error, provoked where that can be done from outside. */
class ErrorsTest {
    private val confounder = Fixtures.confounder

    private fun open(generator: ByteArray) = runBlocking { Confounder.open(Context(), generator) }

    private inline fun <reified E : ConfounderException> fails(crossinline work: suspend () -> Unit): E {
        val error = assertFailsWith<E> { runBlocking { work() } }
        assertTrue("reason=" !in error.message!! && error.message!!.length > 12, error.message)
        return error
    }

    @Test
    fun optionsOutOfRange() {
        fails<ConfounderException.InvalidOptions> { confounder.protect(Fixtures.photo, ProtectOptions(strength = 7f)) }
        fails<ConfounderException.InvalidOptions> { confounder.protect(Fixtures.photo, ProtectOptions(quality = 300u)) }
        fails<ConfounderException.InvalidOptions> { Confounder.open(Context(), ProtectorOptions(threads = 0u)) }
        fails<ConfounderException.InvalidOptions> { confounder.stream(FrameOptions(every = 0u)) }
    }

    @Test
    fun pixelsThatDoNotFit() {
        val pixels = Fixtures.pixels(16, 16, 64, 4)
        fails<ConfounderException.InvalidPixels> { confounder.protect(pixels, PixelShape(16, 17)) }
        fails<ConfounderException.InvalidPixels> { confounder.protect(pixels, PixelShape(16, 16, stride = 63)) }
        fails<ConfounderException.InvalidPixels> { confounder.protect(pixels, PixelShape(-16, 16)) }
        fails<ConfounderException.InvalidPixels> { confounder.protect(pixels, PixelShape(16, 16, stride = -64)) }
        fails<ConfounderException.InvalidPixels> { confounder.protect(pixels, PixelShape(0, 16)) }
        fails<ConfounderException.InvalidPixels> { confounder.protect(ByteBuffer.allocate(1024), PixelShape(16, 16)) }
        fails<ConfounderException.InvalidPixels> { confounder.protect(pixels.asReadOnlyBuffer(), PixelShape(16, 16)) }
        val shared = YuvFrame(16, 16, pixels, pixels, pixels, 16, 8, 1)
        fails<ConfounderException.InvalidPixels> { confounder.protect(shared) }
        confounder.stream().use { stream ->
            fails<ConfounderException.InvalidPixels> { stream.protect(shared) }
        }
    }

    @Test
    fun photosThatCannotBeRead() {
        fails<ConfounderException.UnsupportedFormat> { confounder.protect("GIF89a".toByteArray() + ByteArray(20)) }
        fails<ConfounderException.Decode> { confounder.protect(Fixtures.photo.copyOf(Fixtures.photo.size / 2)) }
        fails<ConfounderException.LimitExceeded> {
            confounder.protect(Fixtures.photo, ProtectOptions(limits = Limits(maxPixels = 10uL)))
        }
        fails<ConfounderException.Io> { confounder.protectFile("/no/such/photo.jpg", "/no/such/out.jpg") }
    }

    @Test
    fun photosThatOughtNotBeChanged() {
        val protected = runBlocking { confounder.protect(Fixtures.photo).bytes }
        fails<ConfounderException.AlreadyProtected> { confounder.protect(protected) }
        // An APP11 segment with a box of content credentials, right behind the start of the JPEG.
        val contents = "JP\u0000\u0001\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0020jumb....c2pa".toByteArray()
        val segment = byteArrayOf(-1, 0xEB.toByte(), 0, (contents.size + 2).toByte()) + contents
        val photo = Fixtures.photo
        val signed = photo.copyOf(2) + segment + photo.copyOfRange(2, photo.size)
        fails<ConfounderException.ProtectedMetadata> { confounder.protect(signed) }
        runBlocking { confounder.protect(signed, ProtectOptions(credentials = Credentials.REMOVE)) }
    }

    @Test
    fun generatorsThatCannotBeUsed() {
        fails<ConfounderException.GeneratorInvalid> { open(ByteArray(100)) }
        val newer = Fixtures.patched(Fixtures.generator, "confounder.contract\u0012\u00011", "confounder.contract\u0012\u00019")
        fails<ConfounderException.GeneratorTooNew> { open(newer) }
        val broken = Fixtures.patched(Fixtures.generator, "0.0627451", "0.0000451")
        fails<ConfounderException.Engine> { open(broken).protect(Fixtures.photo) }
    }

    /** No photo makes the encoders fail, and no call gives [ConfounderException.Other]: these are only read. */
    @Test
    fun everyErrorIsReadAsItself() {
        val classes: List<KClass<out ConfounderException>> = listOf(
            ConfounderException.InvalidOptions::class,
            ConfounderException.InvalidPixels::class,
            ConfounderException.UnsupportedFormat::class,
            ConfounderException.Decode::class,
            ConfounderException.Encode::class,
            ConfounderException.LimitExceeded::class,
            ConfounderException.GeneratorInvalid::class,
            ConfounderException.GeneratorTooNew::class,
            ConfounderException.Engine::class,
            ConfounderException.Cancelled::class,
            ConfounderException.Io::class,
            ConfounderException.ProtectedMetadata::class,
            ConfounderException.AlreadyProtected::class,
            ConfounderException.ListenerFailed::class,
            ConfounderException.Closed::class,
            ConfounderException.UnsupportedDevice::class,
            ConfounderException.Other::class,
        )
        for ((number, type) in classes.withIndex()) {
            val bytes = ByteBuffer.allocate(12).putInt(number + 1).putInt(4).put("why!".toByteArray()).apply { flip() }
            val error = readConfounderError(bytes)
            assertEquals(type, error::class)
            assertEquals("why!", error.message)
        }
    }
}
