package dev.confounder

import android.graphics.Bitmap
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking

/** The path of bitmaps, with rows that are longer than their pixels. */
class BitmapTest {
    private val confounder = Fixtures.confounder

    private fun bitmap(format: Int = Bitmap.RGBA_8888, flags: Int = 1, mutable: Boolean = true, alpha: Int = 255): Bitmap {
        val bitmap = Bitmap(60, 40, 60 * 4 + 48, format, flags, mutable)
        bitmap.pixels.put(Fixtures.pixels(60, 40, bitmap.stride, 4, alpha)).clear()
        return bitmap
    }

    @Test
    fun aBitmapIsChangedAsItsPixelsWouldBe() = runBlocking {
        val bitmap = bitmap()
        val pixels = Fixtures.pixels(60, 40, bitmap.stride, 4)
        val report = confounder.protect(bitmap, orientation = 6)
        confounder.protect(pixels, PixelShape(60, 40, stride = bitmap.stride, orientation = 6))
        assertContentEquals(Fixtures.bytes(pixels), Fixtures.bytes(bitmap.pixels))
        assertEquals(60u to 40u, report.width to report.height)
        assertEquals(1 to 1, bitmap.locks to bitmap.unlocks)
    }

    @Test
    fun colourNeverExceedsAlphaWhereTheyAreMultiplied() = runBlocking {
        val bitmap = bitmap(flags = 0, alpha = 100)
        confounder.protect(bitmap)
        val bytes = Fixtures.bytes(bitmap.pixels)
        for (y in 0 until 40) for (x in 0 until 60) for (channel in 0..2) {
            val at = y * bitmap.stride + 4 * x
            assertTrue((bytes[at + channel].toInt() and 255) <= 100)
            assertEquals(100, bytes[at + 3].toInt())
        }
    }

    @Test
    fun bitmapsThatCannotBeChangedAreRefused() = runBlocking<Unit> {
        assertFailsWith<ConfounderException.InvalidPixels> { confounder.protect(bitmap(mutable = false)) }
        val rgb565 = bitmap(format = Bitmap.RGB_565)
        assertFailsWith<ConfounderException.UnsupportedFormat> { confounder.protect(rgb565) }
        assertEquals(0, rgb565.locks)
        val failing = bitmap()
        assertFailsWith<ConfounderException.InvalidOptions> { confounder.protect(failing, ProtectOptions(strength = -1f)) }
        assertFailsWith<ConfounderException.InvalidOptions> { confounder.protect(failing, orientation = 9) }
        assertEquals(failing.locks, failing.unlocks)
    }
}
