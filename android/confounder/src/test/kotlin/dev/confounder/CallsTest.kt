package dev.confounder

import android.content.Context
import java.io.File
import kotlin.math.abs
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking

/** Every call, once, against the real library. */
class CallsTest {
    private val confounder = Fixtures.confounder

    @Test
    fun warmsUpAndSaysWhatItIs() = runBlocking {
        val info = Confounder.warmUp()
        assertTrue(info.codecs && info.bundledGenerator && info.version.isNotEmpty())
        assertEquals("everyday", confounder.generator.name)
        assertTrue(confounder.generator.chromaOnly)
        assertEquals("cpu", confounder.engine)
        confounder.pauseGpu(true)
        assertTrue(confounder.gpuStatus is GpuStatus.Missing || confounder.gpuStatus is GpuStatus.Off)
    }

    @Test
    fun opensAGeneratorOfOnesOwn() = runBlocking {
        Confounder.open(Context(), Fixtures.generator, ProtectorOptions(threads = 1u)).use { own ->
            assertEquals(confounder.generator, own.generator)
        }
    }

    @Test
    fun opensAUsersOwnPattern() = runBlocking {
        val key = newPersonalKey()
        assertEquals(32, key.size)
        suspend fun protected(key: ByteArray) =
            Confounder.openPersonal(Context(), key).use { it.protect(Fixtures.photo).bytes }
        val mine = protected(key)
        assertContentEquals(mine, protected(key))
        assertTrue(!mine.contentEquals(protected(newPersonalKey())))
        assertFailsWith<ConfounderException.InvalidOptions> { protected(ByteArray(15)) }
        Unit
    }

    @Test
    fun protectsAPhotoInMemory() = runBlocking {
        val stages = mutableListOf<Stage>()
        val protected = confounder.protect(Fixtures.photo) { stages.add(it) }
        assertEquals(FileFormat.JPEG, protected.format)
        assertEquals(JpegMethod.COEFFICIENTS, protected.report.jpeg)
        assertNotNull(protected.report.timings.encodeMs)
        assertTrue(protected.report.psnrDb!! > 30)
        assertTrue(protected.report.metadata.isNotEmpty(), "${protected.report}")
        assertTrue(protected.report.metadata.any { it.action == MetadataAction.REWRITTEN }, "${protected.report}")
        assertEquals(Stage.DECODE, stages.first())
        val again = confounder.protect(Fixtures.photo, ProtectOptions(strength = 1.0f))
        assertContentEquals(protected.bytes, again.bytes)
    }

    @Test
    fun everyOptionArrives() = runBlocking {
        val photo = Fixtures.photo
        val weak = confounder.protect(photo, ProtectOptions(strength = 0.25f))
        assertTrue(weak.report.psnrDb!! > confounder.protect(photo).report.psnrDb!! + 6)
        val anew = confounder.protect(photo, ProtectOptions(quality = 60u))
        assertEquals(JpegMethod.PIXELS, anew.report.jpeg)
        assertTrue(anew.bytes.size < photo.size)
        val stripped = confounder.protect(photo, ProtectOptions(metadata = MetadataPolicy.STRIP))
        assertTrue(stripped.report.metadata.none { it.action == MetadataAction.KEPT && it.name == "EXIF" })
        val twice = confounder.protect(weak.bytes, ProtectOptions(repeat = true))
        assertTrue(twice.report.psnrDb!! > 30)
    }

    @Test
    fun protectsAFile() = runBlocking {
        val folder = File.createTempFile("confounder", "").apply { delete(); mkdirs() }
        val (input, output) = folder.resolve("a.jpg") to folder.resolve("b.jpg")
        input.writeBytes(Fixtures.photo)
        confounder.protectFile(input.path, output.path)
        assertContentEquals(confounder.protect(Fixtures.photo).bytes, output.readBytes())
        assertEquals(2, folder.list()!!.size)
        assertTrue(folder.deleteRecursively())
    }

    @Test
    fun inspectsAndDetects() = runBlocking {
        val info = confounder.inspect(Fixtures.photo)
        assertEquals(FileFormat.JPEG, info.format)
        assertTrue(info.width > 0u && info.orientation == 1u.toUByte())
        val plain = confounder.detect(Fixtures.photo)
        val protected = confounder.detect(confounder.protect(Fixtures.photo).bytes)
        assertTrue(protected.amplitude > plain.amplitude + 0.3)
    }

    @Test
    fun saysWhatTheOwnerSaysAboutDataMining() = runBlocking {
        val options = ProtectOptions(dataMining = DataMining.PROHIBITED_AI_ML_TRAINING)
        val marked = confounder.protect(Fixtures.photo, options)
        assertTrue("DMI-PROHIBITED-AIMLTRAINING" in marked.bytes.toString(Charsets.ISO_8859_1))
        assertTrue(marked.report.metadata.any { it.action == MetadataAction.ADDED && "data mining" in it.name })
    }

    @Test
    fun protectsDirectBuffersOfEveryLayout() = runBlocking {
        for (layout in PixelLayout.entries.filter { it != PixelLayout.GRAY }) {
            val stride = 64 * layout.bytes + 24
            val pixels = Fixtures.pixels(64, 48, stride, layout.bytes)
            val before = Fixtures.bytes(pixels)
            val report = confounder.protect(pixels, PixelShape(64, 48, layout, stride))
            val after = Fixtures.bytes(pixels)
            assertTrue(report.psnrDb!! > 30, "$layout")
            assertTrue((0 until 48).all { y -> (64 * layout.bytes until stride).all { after[y * stride + it] == 0xEE.toByte() } })
            if (layout.bytes <= 4) {
                assertTrue(before.indices.all { abs((before[it].toInt() and 255) - (after[it].toInt() and 255)) <= 16 })
            }
        }
    }

    @Test
    fun protectsFramesOfBothChromaOrders() = runBlocking {
        val results = listOf(false, true).map { crFirst ->
            val luma = Fixtures.pixels(64, 48, 80, 1)
            val chroma = java.nio.ByteBuffer.allocateDirect(80 * 24)
            for (i in 0 until 80 * 24) chroma.put(i, 110)
            // What Android gives: two views of the same memory, one byte apart.
            val second = chroma.apply { position(1) }.slice()
            val (cb, cr) = if (crFirst) second to chroma else chroma to second
            val frame = YuvFrame(64, 48, luma, cb, cr, 80, 80, 2, orientation = 6)
            val before = Fixtures.bytes(luma)
            val report = confounder.protect(frame)
            assertTrue(report.psnrDb!! > 30)
            assertContentEquals(before, Fixtures.bytes(luma))
            (0 until 24).flatMap { y -> (0 until 32).map { x -> cb.get(y * 80 + 2 * x) to cr.get(y * 80 + 2 * x) } }
        }
        assertEquals(results[0], results[1])
        assertTrue(results[0].any { it.first != 110.toByte() })
    }

    @Test
    fun protectsAStream() {
        val (luma, cb, cr) = listOf(64 * 48, 32 * 24, 32 * 24).map { Fixtures.pixels(it, 1, it, 1) }
        confounder.stream(FrameOptions(every = 2u, fade = 1u, pace = FramePace.EXACT)).use { stream ->
            repeat(9) {
                val before = Fixtures.bytes(cb)
                stream.protect(YuvFrame(64, 48, luma, cb, cr, 64, 32, 1))
                assertTrue(!before.contentEquals(Fixtures.bytes(cb)))
            }
        }
    }
}
