package dev.confounder

import android.content.ContentResolver
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
    private val resolver: ContentResolver?,
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
            return Confounder(protector, context.applicationContext?.contentResolver)
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
     * Protects the photo at [source] and writes it to [sink]. What the library itself reads stays in its format; everything
     * else that this phone's decoders read (HEIC, AVIF, raw) becomes a JPEG that keeps the EXIF data.
     */
    public suspend fun protect(
        source: Uri,
        sink: Uri,
        options: ProtectOptions = ProtectOptions(),
        onStage: ((Stage) -> Unit)? = null,
    ): Report {
        val resolver = checkNotNull(resolver) { "the context that this was opened with has no content resolver" }
        return Documents(resolver, this).protect(source, sink, options, onStage)
    }

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
