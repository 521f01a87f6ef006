package dev.confounder

import android.content.Context
import kotlin.system.measureNanoTime
import kotlinx.coroutines.runBlocking

/** How long each part of a start takes, in a JVM that has done nothing else. */
fun main() {
    fun ms(work: () -> Unit) = "%.0f ms".format(measureNanoTime(work) / 1e6)
    val pixels = Fixtures.pixels(640, 480, 2560, 4)
    println("library: ${ms { runBlocking { Confounder.warmUp() } }}")
    println("generator: ${ms { Fixtures.confounder }}")
    println("first call: ${ms { runBlocking { Fixtures.confounder.protect(pixels, PixelShape(640, 480)) } }}")
    println("second call: ${ms { runBlocking { Fixtures.confounder.protect(pixels, PixelShape(640, 480)) } }}")
}
