package dev.confounder

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking

class LoadTest {
    private val confounder = Fixtures.confounder

    private suspend fun one(): Int {
        val pixels = Fixtures.pixels(200, 150, 800, 4)
        confounder.protect(pixels, PixelShape(200, 150)) {}
        return Fixtures.bytes(pixels).contentHashCode()
    }

    /** Handles, buffers, options, reports, and listeners of a thousand calls and a hundred failures are given back. */
    @Test
    fun aThousandCallsLeaveNothingBehind() = runBlocking {
        suspend fun many(count: Int) {
            repeat(count) {
                one()
                if (it % 5 == 0) confounder.protect(Fixtures.photo)
                if (it % 10 == 0) runCatching { confounder.protect(Fixtures.photo, ProtectOptions(strength = 9f)) {} }
            }
            System.gc()
        }
        many(300)
        val before = Fixtures.resident()
        many(1000)
        val grown = (Fixtures.resident() - before) / 1024
        println("resident memory after 1,000 more calls: $grown KiB more")
        assertTrue(grown < 16 * 1024, "$grown KiB")
    }

    @Test
    fun manyAtOnceGiveWhatOneGives() = runBlocking(Dispatchers.Default) {
        val expected = one()
        val all = (1..64).map { async { one() } }.awaitAll()
        assertEquals(setOf(expected), all.toSet())
    }
}
