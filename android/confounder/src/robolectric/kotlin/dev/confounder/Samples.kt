package dev.confounder

import java.awt.image.BufferedImage
import java.awt.image.DataBuffer
import java.io.ByteArrayOutputStream
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import javax.imageio.ImageIO

/** Photos of several formats. */
object Samples {
    val photo: ByteArray by lazy {
        File(System.getProperty("confounder.root"), "tests/fixtures/cyclamen_persicum.jpg").readBytes()
    }

    val bmp: ByteArray by lazy { encoded("bmp") }

    fun encoded(format: String): ByteArray {
        val image = BufferedImage(160, 120, BufferedImage.TYPE_INT_RGB)
        for (y in 0 until 120) for (x in 0 until 160) image.setRGB(x, y, (60 + x shl 16) or (200 - y shl 8) or (80 + (x + y) / 4))
        return ByteArrayOutputStream().also { check(ImageIO.write(image, format, it)) }.toByteArray()
    }

    /** 64 x 48 px of 16 bits a sample. */
    val png16: ByteArray by lazy {
        val model = java.awt.image.ComponentColorModel(
            java.awt.color.ColorSpace.getInstance(java.awt.color.ColorSpace.CS_sRGB), false, false, 1, DataBuffer.TYPE_USHORT,
        )
        val raster = model.createCompatibleWritableRaster(64, 48)
        for (y in 0 until 48) for (x in 0 until 64) raster.setPixel(x, y, intArrayOf(20000 + 300 * x, 30000 - 200 * y, 25000))
        val image = BufferedImage(model, raster, false, null)
        ByteArrayOutputStream().also { check(ImageIO.write(image, "png", it)) }.toByteArray()
    }

    /** The head of a DNG that says 1/8000 s, a time zone, and a serial number. */
    val dng: ByteArray by lazy {
        val b = ByteBuffer.allocate(220).order(ByteOrder.LITTLE_ENDIAN)
        fun entry(tag: Int, type: Int, count: Int, value: Int) {
            b.putShort(tag.toShort()).putShort(type.toShort()).putInt(count).putInt(value)
        }
        b.put("II".toByteArray()).putShort(42).putInt(8)
        b.putShort(3)
        entry(0x0112, 3, 1, 6)
        entry(0x8769, 4, 1, 60)
        entry(0xC612, 1, 4, 0x00000401)
        b.putInt(0).position(60)
        b.putShort(3)
        entry(0x829A, 5, 1, 120)
        entry(0x9011, 2, 7, 130)
        entry(0xA431, 2, 6, 140)
        b.putInt(0).position(120)
        b.putInt(1).putInt(8000).position(130)
        b.put("+02:00\u0000".toByteArray()).position(140)
        b.put("12345\u0000".toByteArray())
        b.array()
    }
}
