package dev.confounder

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Color
import android.media.ExifInterface
import kotlin.math.abs
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Android's real bitmaps, and metadata as its ExifInterface reads it. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class BitmapsTest {
    private val confounder by lazy { runBlocking { Confounder.open(RuntimeEnvironment.getApplication()) } }
    private val decoded: Bitmap get() = BitmapFactory.decodeByteArray(Samples.photo, 0, Samples.photo.size)

    private fun worst(a: Bitmap, b: Bitmap): Int = (0 until a.height step 7).maxOf { y ->
        (0 until a.width step 7).maxOf { x ->
            val (p, q) = a.getPixel(x, y) to b.getPixel(x, y)
            maxOf(abs(Color.red(p) - Color.red(q)), abs(Color.green(p) - Color.green(q)), abs(Color.blue(p) - Color.blue(q)))
        }
    }

    @Test
    fun aBitmapIsChangedInPlace() = runBlocking<Unit> {
        val (before, after) = decoded to decoded.copy(Bitmap.Config.ARGB_8888, true)
        assertTrue(confounder.protect(after).psnrDb!! > 30)
        assertTrue(worst(before, after) in 1..60)
    }

    @Test
    fun aRecycledBitmapIsRefusedBeforeNativeCode() = runBlocking<Unit> {
        val bitmap = Bitmap.createBitmap(16, 16, Bitmap.Config.ARGB_8888).apply { recycle() }
        assertFailsWith<ConfounderException.InvalidPixels> { confounder.protect(bitmap) }
        assertFailsWith<ConfounderException.InvalidPixels> { confounder.protected(bitmap) }
    }

    @Test
    fun aCopyOfAnyConfigurationIsProtected() = runBlocking<Unit> {
        for (config in listOf(Bitmap.Config.ARGB_8888, Bitmap.Config.RGB_565, Bitmap.Config.RGBA_F16)) {
            val bitmap = decoded.copy(config, false)
            val copy = confounder.protected(bitmap)
            assertEquals(Bitmap.Config.ARGB_8888 to true, copy.config to copy.isMutable)
            assertTrue(worst(bitmap, copy) in 1..60, "$config")
        }
    }

    /** As bytes, not as the framework's text, which says 1/10000 s for 1/8000. */
    @Test
    fun metadataIsCarriedAsBytes() = runBlocking<Unit> {
        val jpeg = Samples.encoded("jpg")
        val finished = confounder.finish(Samples.dng, jpeg, true, ProtectOptions())
        val exif = ExifInterface(finished.bytes.inputStream())
        assertEquals(1 / 8000.0, exif.getAttributeDouble(ExifInterface.TAG_EXPOSURE_TIME, 0.0), 1e-9)
        assertEquals("+02:00", exif.getAttribute(ExifInterface.TAG_OFFSET_TIME_ORIGINAL))
        assertEquals(1, exif.getAttributeInt(ExifInterface.TAG_ORIENTATION, 1))
        assertTrue("12345" !in String(finished.bytes, Charsets.ISO_8859_1), "the serial number")
        assertTrue(finished.metadata.any { it.name == "EXIF" && it.action == MetadataAction.REWRITTEN })
        val stripped = confounder.finish(Samples.dng, jpeg, true, ProtectOptions(metadata = MetadataPolicy.STRIP))
        assertContentEquals(jpeg, stripped.bytes)
        assertFailsWith<ConfounderException.Encode> {
            confounder.finish(Samples.dng, jpeg.copyOf(jpeg.size / 2), true, ProtectOptions())
        }
    }
}
