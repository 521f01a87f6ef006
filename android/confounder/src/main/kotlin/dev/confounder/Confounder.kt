package dev.confounder

import android.content.Context
import android.graphics.Bitmap
import android.net.Uri
import java.nio.ByteBuffer
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * Protects photos from being learned, offline.
 *
 * Open one, keep it, and share it: any number of coroutines may use it at once. All work is done off the caller's thread.
 * Cancelling a coroutine stops the native work within milliseconds. What fails is a [ConfounderException].
 */
public class Confounder private constructor(
    private val protector: Protector,
    private val context: Context?,
) : AutoCloseable {
    public companion object {
        /** Opens the generator that comes with the library. */
        public suspend fun open(
            context: Context,
            options: ProtectorOptions = ProtectorOptions(),
        ): Confounder = opened(context) { Protector.bundled(kept(context, options)) }

        /** Opens a generator of one's own, given as the bytes of its file. */
        public suspend fun open(
            context: Context,
            generator: ByteArray,
            options: ProtectorOptions = ProtectorOptions(),
        ): Confounder = opened(context) { Protector.open(direct(generator), kept(context, options)) }

        /**
         * Opens the generator of a user: all photos get the one pattern that this key (16 to 1,024 bytes; [newPersonalKey]
         * makes one) gives, against models that are to tell whose photo it is. Keep the key as you keep a password.
         */
        public suspend fun openPersonal(
            context: Context,
            key: ByteArray,
            options: ProtectorOptions = ProtectorOptions(),
        ): Confounder = opened(context) { Protector.personal(direct(key), kept(context, options)) }

        /**
         * Loads the native library off the main thread, so that the first call need not.
         */
        public suspend fun warmUp(): BuildInfo = withContext(Dispatchers.IO) {
            buildInfo()
        }

        /** Whether the library runs on this device: there is none for 32-bit processors. Loads it, if there is one. */
        @JvmStatic
        public fun isSupported(): Boolean = Native.supported

        /**
         * Puts back what [protect] was about to write over when the process ended, and gives the places. For an app's start;
         * what cannot be put back is kept for the next time.
         */
        public suspend fun recover(context: Context): List<Uri> = withContext(Dispatchers.IO) {
            val rescue = Rescue(context)
            rescue.all().mapNotNull { kept ->
                val uri = kept.uri
                try {
                    platform("$uri cannot be written") { Sink(context.contentResolver, uri, rescue).restore(kept) }
                    kept.delete()
                    uri
                } catch (_: ConfounderException.Io) {
                    null
                }
            }
        }

        /** What the GPU compiles is kept in a folder of the app that is not backed up, unless another one is named. */
        private fun kept(context: Context, options: ProtectorOptions): ProtectorOptions =
            if (options.engine in setOf(EngineChoice.AUTO, EngineChoice.GPU) && options.gpuFolder == null) {
                options.copy(gpuFolder = context.noBackupFilesDir.resolve("confounder").path)
            } else {
                options
            }

        private suspend fun opened(context: Context, open: () -> Protector): Confounder {
            warmUp()
            val protector = withContext(Dispatchers.Default) { open() }
            return Confounder(protector, context.applicationContext)
        }
    }

    private fun usable(bitmap: Bitmap) {
        // Before Android 11 native code would end the app.
        if (bitmap.isRecycled) {
            throw ConfounderException.InvalidPixels("the bitmap was recycled; protect it before that")
        }
    }

    /** What the generator says of itself. */
    public val generator: GeneratorInfo get() = protector.generator()

    /** The name of the engine that runs the generator. */
    public val engine: String get() = protector.engine()

    /** What the GPU is doing. */
    public val gpuStatus: GpuStatus get() = protector.gpuStatus()

    /** Leaves the GPU alone, or uses it again. For apps that go to the background, where phones forbid it. */
    public fun pauseGpu(paused: Boolean): Unit = protector.pauseGpu(paused)

    /**
     * Protects a bitmap in place, without a copy. It must be mutable, of configuration `ARGB_8888`, and not be drawn on
     * meanwhile. [orientation] is how its pixels lie, as EXIF counts it; 1 is upright.
     */
    public suspend fun protect(
        bitmap: Bitmap,
        options: ProtectOptions = ProtectOptions(),
        orientation: Int = 1,
        onStage: ((Stage) -> Unit)? = null,
    ): Report {
        usable(bitmap)
        if (!bitmap.isMutable) {
            throw ConfounderException.InvalidPixels("the bitmap is not mutable; copy it with copy(ARGB_8888, true)")
        }
        return call(onStage) { cancel, listener ->
            val given = serialised(options)
            readReport(called(arrayOf(protector, cancel), listener) { handles, told ->
                Native.protectBitmap(handles, given, told, bitmap, orientation)
            })
        }
    }

    /**
     * A protected copy of a bitmap of any configuration, `HARDWARE` among them: in software, mutable, of configuration
     * `ARGB_8888`.
     */
    public suspend fun protected(
        bitmap: Bitmap,
        options: ProtectOptions = ProtectOptions(),
        orientation: Int = 1,
        onStage: ((Stage) -> Unit)? = null,
    ): Bitmap {
        usable(bitmap)
        val copy = withContext(Dispatchers.Default) {
            platform("the bitmap cannot be copied") { bitmap.copy(Bitmap.Config.ARGB_8888, true) }
        } ?: throw ConfounderException.InvalidPixels("the bitmap of ${bitmap.config} cannot be copied to ARGB_8888")
        try {
            protect(copy, options, orientation, onStage)
        } catch (failure: Throwable) {
            copy.recycle()
            throw failure
        }
        return copy
    }

    /**
     * Protects pixels in a direct buffer in place, without a copy. Position and limit of the buffer are not looked at; it
     * must not be used meanwhile.
     */
    public suspend fun protect(
        pixels: ByteBuffer,
        shape: PixelShape,
        options: ProtectOptions = ProtectOptions(),
        onStage: ((Stage) -> Unit)? = null,
    ): Report {
        writable(pixels)
        return call(onStage) { cancel, listener ->
            val given = serialised(options)
            readReport(called(arrayOf(protector, cancel), listener) { handles, told ->
                Native.protectBuffer(handles, given, told, pixels, shape.numbers())
            })
        }
    }

    /** Protects the chroma planes of one frame in place, without a copy. For previews and video see [stream]. */
    public suspend fun protect(
        frame: YuvFrame,
        options: ProtectOptions = ProtectOptions(),
        onStage: ((Stage) -> Unit)? = null,
    ): Report {
        writable(frame.cb)
        writable(frame.cr)
        return call(onStage) { cancel, listener ->
            val given = serialised(options)
            readReport(called(arrayOf(protector, cancel), listener) { handles, told ->
                Native.protectYuv(handles, given, told, frame.luma, frame.cb, frame.cr, frame.numbers())
            })
        }
    }

    /**
     * Protects a photo file in memory: JPEG, PNG, WebP, TIFF, or JPEG XL, with its metadata. A JPEG is not compressed a second
     * time. Needs a build with codecs ([BuildInfo.codecs]).
     */
    public suspend fun protect(
        photo: ByteArray,
        options: ProtectOptions = ProtectOptions(),
        onStage: ((Stage) -> Unit)? = null,
    ): ProtectedPhoto = call(onStage) { cancel, listener ->
        protector.protectBytes(direct(photo), options, cancel, listener)
    }

    /** Protects a photo file and writes the result to another, whole or not at all; the paths may be the same. */
    public suspend fun protectFile(
        input: String,
        output: String,
        options: ProtectOptions = ProtectOptions(),
        onStage: ((Stage) -> Unit)? = null,
    ): Report = call(onStage) { cancel, listener ->
        protector.protectFile(input, output, options, cancel, listener)
    }

    /**
     * Protects the photo at [source] and writes it to [sink], which may be the same. What the library itself reads stays in
     * its format; everything else that this phone's decoders read (HEIC, AVIF, raw) becomes a JPEG with its metadata, as
     * [ProtectOptions.metadata] says, and the mark. [plan] tells which it is, and the type of the result.
     *
     * The sink is written once, as the last step, and is not touched on any error before that. If writing it fails, what
     * was there is put back; if the process ends meanwhile, [recover] does so.
     */
    public suspend fun protect(
        source: Uri,
        sink: Uri,
        options: ProtectOptions = ProtectOptions(),
        onStage: ((Stage) -> Unit)? = null,
    ): Report {
        val context = context
            ?: throw ConfounderException.InvalidOptions("the context that this was opened with has no application context")
        return Documents(context, this).protect(source, sink, options, onStage)
    }

    /** What is to be done with a photo of any format, told from its headers, and the media type of the result. */
    public suspend fun plan(photo: ByteArray, options: ProtectOptions = ProtectOptions()): PhotoPlan =
        call(null) { _, _ -> protector.plan(direct(photo), options) }

    internal suspend fun finish(photo: ByteArray, jpeg: ByteArray, upright: Boolean, options: ProtectOptions): FinishedPhoto =
        call(null) { _, _ -> protector.finishDecoded(direct(photo), jpeg, upright, options) }

    /** What [protect] would do to a photo file, told from its headers. */
    public suspend fun inspect(photo: ByteArray, options: ProtectOptions = ProtectOptions()): PhotoInfo =
        call(null) { _, _ -> protector.inspect(direct(photo), options) }

    /** Whether a photo file carries this generator's residual, as far as one photo can tell. */
    public suspend fun detect(photo: ByteArray, options: ProtectOptions = ProtectOptions()): Detection =
        call(null) { _, _ -> protector.detect(direct(photo), options) }

    /** Begins a stream of frames. */
    public fun stream(options: FrameOptions = FrameOptions()): FrameStream =
        FrameStream(FrameProtector(protector, options))

    /**
     * Frees the generator. Calls that are running go on to their end; calls after this one fail with
     * [ConfounderException.Closed]. Streams go on as well.
     */
    override fun close() {
        protector.close()
    }
}
