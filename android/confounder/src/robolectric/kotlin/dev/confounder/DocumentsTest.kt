package dev.confounder

import android.graphics.BitmapFactory
import android.net.Uri
import java.io.File
import java.io.IOException
import java.io.OutputStream
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Photos behind content URIs, on Android's own framework classes and Skia: none is lost, whatever fails. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class DocumentsTest {
    private val context get() = RuntimeEnvironment.getApplication()
    private val confounder by lazy { runBlocking { Confounder.open(context) } }
    private val photo = Samples.photo

    private fun uri(path: String) = Uri.parse("content://test.files/$path")

    private fun file(name: String) = File(Provider.folder, name)

    private fun put(name: String, bytes: ByteArray) = file(name).writeBytes(bytes)

    private fun protect(from: String, to: String, options: ProtectOptions = ProtectOptions()) =
        runBlocking { confounder.protect(uri(from), uri(to), options) }

    @Before
    fun files() {
        Provider.folder = File.createTempFile("documents", "").apply { delete(); mkdirs() }
        Provider.opened.clear()
        Provider.deaths = 0
        Robolectric.setupContentProvider(Provider::class.java, "test.files")
        put("a.jpg", photo)
        put("a.bmp", Samples.bmp)
    }

    @Test
    fun aJpegGoesTheFileWay() {
        protect("a.jpg", "b.jpg")
        assertContentEquals(runBlocking { confounder.protect(photo).bytes }, file("b.jpg").readBytes())
        assertEquals(listOf("b.jpg wt"), Provider.opened.filter { "w" in it.substringAfter(' ') })
        assertFailsWith<ConfounderException.AlreadyProtected> { protect("b.jpg", "c.jpg") }
        assertTrue(!file("c.jpg").exists())
    }

    @Test
    fun sourceAndSinkMayBeOne() {
        protect("a.jpg", "a.jpg")
        assertContentEquals(runBlocking { confounder.protect(photo).bytes }, file("a.jpg").readBytes())
    }

    /** What the phone decodes is marked, reported, and not protected twice; the sink is opened for writing once. */
    @Test
    fun whatThePhoneDecodesKeepsThePromisesOfFiles() {
        val plan = runBlocking { confounder.plan(Samples.bmp) }
        assertEquals(Way.PLATFORM to "image/jpeg", plan.way to plan.mediaType)
        val report = protect("a.bmp", "stream/d.jpg")
        assertEquals(listOf("d.jpg wt"), Provider.opened.filter { "w" in it.substringAfter(' ') })
        assertTrue(report.metadata.any { it.action == MetadataAction.ADDED }, "${report.metadata}")
        val result = file("d.jpg").readBytes()
        assertEquals(report.width.toInt(), BitmapFactory.decodeByteArray(result, 0, result.size).width)
        assertFailsWith<ConfounderException.AlreadyProtected> { protect("d.jpg", "e.jpg") }
        val small = ProtectOptions(limits = Limits(maxPixels = 10uL))
        assertFailsWith<ConfounderException.LimitExceeded> { protect("a.bmp", "e.jpg", small) }
    }

    @Test
    fun anErrorBeforeWritingTouchesNothing() {
        for (options in listOf(ProtectOptions(quality = 200u), ProtectOptions(strength = 7f))) {
            put("q.jpg", photo)
            assertFailsWith<ConfounderException.InvalidOptions> { protect("a.bmp", "q.jpg", options) }
            assertContentEquals(photo, file("q.jpg").readBytes())
        }
    }

    @Test
    fun aFullDiskIsAnErrorAndWhatWasThereIsBack() {
        put("full.jpg", photo)
        var room = 100
        Shadows.shadowOf(context.contentResolver).registerOutputStream(
            uri("full.jpg"),
            object : OutputStream() {
                override fun write(b: Int) {
                    if (--room < 0) throw IOException("write failed: ENOSPC (No space left on device)")
                }
            },
        )
        for (source in listOf("a.bmp", "a.jpg")) {
            room = 100
            val error = assertFailsWith<ConfounderException.Io> { protect(source, "full.jpg") }
            assertTrue("ENOSPC" in error.message!!, error.message)
            assertContentEquals(photo, file("full.jpg").readBytes())
        }
    }

    /** The only copy is cut, and the provider dies once, or for good. */
    @Test
    fun theOnlyCopyOutlivesItsProvider() {
        put("only.jpg", photo)
        Provider.deaths = 1
        val error = assertFailsWith<ConfounderException.Io> { protect("dying/only.jpg", "dying/only.jpg") }
        assertTrue("is there again" in error.message!!, error.message)
        assertContentEquals(photo, file("only.jpg").readBytes())

        Provider.deaths = 2
        val worse = assertFailsWith<ConfounderException.Io> { protect("dying/only.jpg", "dying/only.jpg") }
        assertTrue("recover" in worse.message!!, worse.message)
        assertEquals(3, file("only.jpg").length())
        assertEquals(listOf(uri("dying/only.jpg")), runBlocking { Confounder.recover(context) })
        assertContentEquals(photo, file("only.jpg").readBytes())
        assertEquals(emptyList(), runBlocking { Confounder.recover(context) })
    }

    @Test
    fun everythingThatFailsIsOneTypedError() {
        assertFailsWith<ConfounderException.Io> { protect("denied/a.jpg", "g.jpg") }
        assertFailsWith<ConfounderException.Io> { protect("none.jpg", "g.jpg") }
        assertFailsWith<ConfounderException.Io> { protect("a.jpg", "denied/g.jpg") }
        put("garbage.jpg", ByteArray(12) { it.toByte() })
        assertFailsWith<ConfounderException.UnsupportedFormat> { protect("garbage.jpg", "g.jpg") }
        put("a.gif", Samples.encoded("gif"))
        assertFailsWith<ConfounderException.UnsupportedFormat> { protect("a.gif", "g.jpg") }
        put("a.dng", Samples.dng)
        assertEquals(Way.PLATFORM, runBlocking { confounder.plan(Samples.dng) }.way)
        // This machine's Skia decodes no raw.
        assertFailsWith<ConfounderException.Decode> { protect("a.dng", "g.jpg") }
        assertTrue(!file("g.jpg").exists())
    }

    @Test
    fun sixteenBitsComeThrough() {
        put("p.png", Samples.png16)
        assertTrue(protect("p.png", "q.png").psnrDb!! > 30)
    }
}
