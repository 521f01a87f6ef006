package dev.confounder

import android.content.Context
import java.nio.ByteBuffer
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking

/** Calls after and beside `close`: each is done, or fails with the typed error; none touches memory that was freed. */
class CloseTest {
    private fun open(): Confounder = runBlocking { Confounder.open(Context(), ProtectorOptions(threads = 1u)) }

    private fun frame(): YuvFrame {
        val (luma, cb, cr) = listOf(256, 64, 64).map { Fixtures.pixels(it, 1, it, 1) }
        return YuvFrame(16, 16, luma, cb, cr, 16, 8, 1)
    }

    @Test
    fun everyCallAfterCloseIsTheTypedError() {
        val confounder = open()
        val stream = confounder.stream()
        val own = confounder.stream().apply { close() }
        confounder.close()
        confounder.close()
        val pixels = Fixtures.pixels(16, 16, 64, 4)
        val before = Fixtures.bytes(pixels)
        val calls = listOf<suspend () -> Any?>(
            { confounder.protect(Fixtures.photo) },
            { confounder.protectFile("a", "b") },
            { confounder.protect(pixels, PixelShape(16, 16)) },
            { confounder.protect(frame()) },
            { confounder.inspect(Fixtures.photo) },
            { confounder.detect(Fixtures.photo) },
            { confounder.stream() },
            { confounder.generator },
            { confounder.engine },
            { confounder.gpuStatus },
            { confounder.pauseGpu(true) },
            { own.protect(frame()) },
        )
        for (call in calls) {
            val closed = assertFailsWith<ConfounderException.Closed> { runBlocking { call() } }
            assertTrue("closed" in closed.message!!, closed.message)
        }
        assertEquals(before.toList(), Fixtures.bytes(pixels).toList())
        // A stream has what it needs of its own.
        stream.use { it.protect(frame()) }
    }

    /** 10,000 rounds: threads call while another one closes. Most frames are refused by native code, which is fast. */
    @Test
    fun callsThatRaceWithCloseAreDoneOrRefused() {
        val (done, refused) = AtomicInteger() to AtomicInteger()
        fun count(work: () -> Unit) {
            try {
                work()
                done.incrementAndGet()
            } catch (_: ConfounderException.InvalidPixels) {
                done.incrementAndGet()
            } catch (_: ConfounderException.Closed) {
                refused.incrementAndGet()
            }
        }
        val shared = open()
        val streams = arrayOfNulls<FrameStream>(1)
        val barrier = CyclicBarrier(4)
        val failures = AtomicInteger()
        val callers = (1..3).map { number ->
            thread {
                val whole = frame()
                val wrong = whole.run { YuvFrame(width, height, luma, luma, luma, 16, 8, 1) }
                repeat(ROUNDS) { round ->
                    barrier.await()
                    val stream = streams[0]!!
                    runCatching {
                        if (number == 3) {
                            repeat(round % 50) { Thread.onSpinWait() }
                            stream.close()
                        } else {
                            count { stream.protect(if (round % 100 == 0) whole else wrong) }
                        }
                    }.onFailure { failures.incrementAndGet() }
                    barrier.await()
                }
            }
        }
        repeat(ROUNDS) {
            streams[0] = shared.stream()
            barrier.await()
            barrier.await()
        }
        callers.forEach(Thread::join)
        println("streams: ${done.get()} done, ${refused.get()} refused")
        assertEquals(0, failures.get())
        assertEquals(2 * ROUNDS, done.get() + refused.get())
        assertTrue(done.get() > 0 && refused.get() > 0, "$done $refused")
        shared.close()
    }

    /** The same of protectors, which hold more: fewer rounds, each with calls of two kinds. */
    @Test
    fun protectorsThatCloseUnderCalls() {
        val buffer: ByteBuffer = Fixtures.pixels(32, 32, 128, 4)
        repeat(100) { round ->
            val confounder = open()
            val callers = (1..3).map { number ->
                thread {
                    repeat(20) {
                        try {
                            if (number == 1) {
                                runBlocking { confounder.protect(buffer, PixelShape(32, 32)) }
                            } else {
                                confounder.generator
                            }
                        } catch (_: ConfounderException.Closed) {
                            return@thread
                        }
                    }
                }
            }
            Thread.sleep((round % 4).toLong())
            confounder.close()
            callers.forEach(Thread::join)
            assertFailsWith<ConfounderException.Closed> { confounder.engine }
        }
    }

    private companion object {
        const val ROUNDS = 10_000
    }
}
