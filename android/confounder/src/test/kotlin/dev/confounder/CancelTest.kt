package dev.confounder

import java.util.concurrent.CancellationException
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertSame
import kotlin.test.assertTrue
import kotlin.time.DurationUnit
import kotlin.time.TimeSource
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking

class CancelTest {
    private val confounder = Fixtures.confounder
    private val photo = Fixtures.largePng(3000, 2000)

    /** From another thread, at moments spread over the whole call. */
    @Test
    fun aCancelledCoroutineEndsWithin50Milliseconds() = runBlocking(Dispatchers.Default) {
        val whole = TimeSource.Monotonic.markNow().also { confounder.protect(photo) }.elapsedNow()
        println("a call takes $whole")
        val late = (1..8).mapNotNull { moment ->
            val call = async { runCatching { confounder.protect(photo) } }
            delay(whole * moment / 10)
            val asked = TimeSource.Monotonic.markNow()
            call.cancel()
            call.join()
            asked.elapsedNow().takeIf { call.isCancelled }
        }
        println("cancelled ${late.size} times, ended within ${late.maxOrNull()}")
        assertTrue(late.size >= 4)
        // One that another program on this machine held up does not count against the library.
        val second = late.sorted().let { it[it.size - 2] }
        assertTrue(second.toDouble(DurationUnit.MILLISECONDS) <= 50, "$late")
    }

    @Test
    fun theExceptionIsThatOfCoroutines() = runBlocking<Unit> {
        val token = CancelToken().apply { cancel() }
        assertTrue(token.isCancelled())
        assertFailsWith<ConfounderException.Cancelled> {
            Protector.bundled(ProtectorOptions()).protectBytes(direct(photo), ProtectOptions(), token, null)
        }
        val call = async(Dispatchers.Default) { confounder.protect(photo) }
        delay(20)
        call.cancel()
        assertFailsWith<CancellationException> { call.await() }
    }

    /** What a listener throws comes back as it is, whatever it is, and the call has ended. */
    @Test
    fun aListenerThatThrows() = runBlocking<Unit> {
        for (thrown in listOf(IllegalStateException("enough"), AssertionError("an Error, not an Exception"))) {
            val caught = assertFailsWith<Throwable> { confounder.protect(Fixtures.photo) { throw thrown } }
            // Coroutines may give a copy with another stack trace.
            assertSame(thrown, if (caught === thrown) caught else caught.cause)
        }
        val pixels = Fixtures.pixels(64, 64, 256, 4)
        val before = Fixtures.bytes(pixels)
        assertFailsWith<IllegalStateException> { confounder.protect(pixels, PixelShape(64, 64)) { error("no") } }
        assertTrue(before.contentEquals(Fixtures.bytes(pixels)))
    }

    /** On the thread of the call, in order, and not more often than 20 times a second. */
    @Test
    fun aListenerIsCalledWhereTheCallWasMade() {
        val caller = Thread.currentThread()
        val calls = mutableListOf<Pair<Stage, Long>>()
        val listener = object : ProgressListener {
            override fun onStage(stage: Stage) {
                assertSame(caller, Thread.currentThread())
                calls.add(stage to System.nanoTime())
            }
        }
        val protector = Protector.bundled(ProtectorOptions(threads = 2u))
        protector.protectBytes(direct(photo), ProtectOptions(), null, listener)
        assertEquals(calls.map { it.first }.sorted(), calls.map { it.first })
        // A fast machine is through before the second may be told.
        assertTrue(calls.size in 1..4, "$calls")
        assertTrue(calls.zipWithNext().all { (a, b) -> b.second - a.second >= 49_000_000 }, "$calls")
    }
}
