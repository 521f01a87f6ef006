package dev.confounder.sample

import android.app.Activity
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.ImageDecoder
import android.net.Uri
import android.os.Bundle
import android.provider.MediaStore
import android.view.Gravity
import android.widget.Button
import android.widget.LinearLayout
import android.widget.TextView
import dev.confounder.Confounder
import dev.confounder.ConfounderException
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** One screen: take or pick a photo, compare before and after, save. */
@OptIn(ExperimentalCoroutinesApi::class)
class MainActivity : Activity() {
    private val scope = MainScope()
    private val confounder = lazy { scope.async { Confounder.open(applicationContext) } }
    private val gallery by lazy { Gallery(contentResolver) }

    private lateinit var comparison: BeforeAfterView
    private lateinit var status: TextView
    private lateinit var save: Button

    /** Where the camera app writes to, and what is shown. */
    private var taken: Uri? = null
    private var shown: Uri? = null

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        taken = state?.getString(TAKEN)?.let(Uri::parse)
        comparison = BeforeAfterView(this)
        status = TextView(this).apply { gravity = Gravity.CENTER }
        save = button("Save") { saveShown() }.apply { isEnabled = false }
        val buttons = LinearLayout(this).apply {
            addView(button("Take a photo") { take() })
            addView(button("Pick a photo") { pick() })
            addView(save)
        }
        setContentView(
            LinearLayout(this).apply {
                orientation = LinearLayout.VERTICAL
                fitsSystemWindows = true
                addView(comparison, LinearLayout.LayoutParams(LinearLayout.LayoutParams.MATCH_PARENT, 0, 1f))
                addView(status)
                addView(buttons)
            },
        )
        if (!Confounder.isSupported()) {
            status.text = "This phone's processor is not supported"
            return
        }
        // Loads the library and opens the generator while the person is still choosing.
        confounder.value
        scope.launch { Confounder.recover(applicationContext) }
        state?.getString(SHOWN)?.let { show(Uri.parse(it)) }
    }

    /** The process may end while the camera app is in front. */
    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(TAKEN, taken?.toString())
        state.putString(SHOWN, shown?.toString())
    }

    override fun onDestroy() {
        if (confounder.isInitialized()) {
            confounder.value.invokeOnCompletion { failure ->
                if (failure == null) confounder.value.getCompleted().close()
            }
        }
        scope.cancel()
        super.onDestroy()
    }

    private fun button(label: String, action: () -> Unit) = Button(this).apply {
        text = label
        setOnClickListener { action() }
    }

    private fun take() {
        val uri = gallery.create("camera", "image/jpeg")
        taken = uri
        val intent = Intent(MediaStore.ACTION_IMAGE_CAPTURE).putExtra(MediaStore.EXTRA_OUTPUT, uri)
        startActivityForResult(intent.addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION), TAKE)
    }

    private fun pick() {
        val intent = Intent(Intent.ACTION_OPEN_DOCUMENT).setType("image/*").addCategory(Intent.CATEGORY_OPENABLE)
        startActivityForResult(intent, PICK)
    }

    @Deprecated("The framework's own way; an app with androidx would register a contract.")
    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        val photo = if (request == TAKE) taken else data?.data
        when {
            result == RESULT_OK && photo != null -> show(photo)
            request == TAKE -> taken?.let(gallery::delete)
        }
    }

    private fun show(photo: Uri) {
        save.isEnabled = false
        status.text = "..."
        scope.launch {
            try {
                val before = withContext(Dispatchers.IO) { decode(photo) }
                val after = before.copy(Bitmap.Config.ARGB_8888, true)
                val report = confounder.value.await().protect(after)
                comparison.show(before, after)
                val ms = report.timings.run { gridMs + generatorMs + blendMs }
                status.text = "%.1f dB, %.0f ms".format(report.psnrDb, ms)
                shown = photo
                save.isEnabled = true
            } catch (failure: ConfounderException) {
                status.text = failure.message
            } catch (failure: IOException) {
                status.text = failure.message
            }
        }
    }

    private fun decode(photo: Uri): Bitmap =
        ImageDecoder.decodeBitmap(ImageDecoder.createSource(contentResolver, photo)) { decoder, info, _ ->
            decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
            val longest = maxOf(info.size.width, info.size.height)
            decoder.setTargetSampleSize((longest / SHOWN_SIDE).coerceAtLeast(1))
        }

    /** The file itself is protected, with its metadata and at its full size. */
    private fun saveShown() {
        val photo = shown ?: return
        scope.launch {
            status.text = try {
                val confounder = confounder.value.await()
                val bytes = withContext(Dispatchers.IO) { contentResolver.openInputStream(photo)?.use { it.readBytes() } }
                val plan = confounder.plan(bytes ?: throw IOException("the photo cannot be read"))
                gallery.save("protected", plan.mediaType) { sink -> confounder.protect(photo, sink) }
                "Saved"
            } catch (failure: ConfounderException) {
                failure.message
            } catch (failure: IOException) {
                failure.message
            }
        }
    }

    private companion object {
        const val TAKE = 1
        const val PICK = 2
        const val TAKEN = "taken"
        const val SHOWN = "shown"

        /** Longest side of what is shown, in pixels. */
        const val SHOWN_SIDE = 2048
    }
}
