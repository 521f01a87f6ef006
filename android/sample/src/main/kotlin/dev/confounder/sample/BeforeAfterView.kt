package dev.confounder.sample

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.RectF
import android.view.MotionEvent
import android.view.View

/** Two pictures of the same size, one on each side of a line that a finger moves. */
internal class BeforeAfterView(context: Context) : View(context) {
    private var pictures: Pair<Bitmap, Bitmap>? = null
    private var share = 0.5f
    private val smooth = Paint(Paint.FILTER_BITMAP_FLAG)
    private val line = Paint().apply {
        color = Color.WHITE
        strokeWidth = 3 * resources.displayMetrics.density
    }

    init {
        contentDescription = "Before on the left, after on the right"
    }

    fun show(before: Bitmap, after: Bitmap) {
        pictures = before to after
        invalidate()
    }

    override fun onDraw(canvas: Canvas) {
        val (before, after) = pictures ?: return
        val scale = minOf(width / before.width.toFloat(), height / before.height.toFloat())
        val (w, h) = before.width * scale to before.height * scale
        val place = RectF((width - w) / 2, (height - h) / 2, (width + w) / 2, (height + h) / 2)
        val x = place.left + share * w
        canvas.drawBitmap(after, null, place, smooth)
        canvas.save()
        canvas.clipRect(place.left, place.top, x, place.bottom)
        canvas.drawBitmap(before, null, place, smooth)
        canvas.restore()
        canvas.drawLine(x, place.top, x, place.bottom, line)
    }

    override fun onTouchEvent(event: MotionEvent): Boolean {
        share = (event.x / width).coerceIn(0f, 1f)
        invalidate()
        if (event.action == MotionEvent.ACTION_UP) performClick()
        return true
    }

    override fun performClick(): Boolean {
        super.performClick()
        return true
    }
}
