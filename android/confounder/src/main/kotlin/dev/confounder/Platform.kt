package dev.confounder

import android.graphics.ImageDecoder
import android.os.Build
import java.io.IOException
import java.util.concurrent.CancellationException

/** Calls the platform or an app's provider; what they throw becomes the library's typed error. */
internal inline fun <T> platform(what: String, work: () -> T): T =
    try {
        work()
    } catch (ours: ConfounderException) {
        throw ours
    } catch (cancelled: CancellationException) {
        throw cancelled
    } catch (failure: IOException) {
        throw if (isUndecodable(failure)) {
            ConfounderException.Decode(reason(what, failure))
        } else {
            ConfounderException.Io(reason(what, failure))
        }.apply { initCause(failure) }
    } catch (denied: SecurityException) {
        val advice = "the app has no permission for it; ask for one, or keep it with takePersistableUriPermission"
        throw ConfounderException.Io("${reason(what, denied)}; $advice").apply { initCause(denied) }
    } catch (failure: RuntimeException) {
        throw ConfounderException.Io(reason(what, failure)).apply { initCause(failure) }
    } catch (full: OutOfMemoryError) {
        val advice = "the photo is too large for this app's memory; set ProtectOptions.limits, or scale it down first"
        throw ConfounderException.LimitExceeded("$what: $advice").apply { initCause(full) }
    }

internal fun reason(what: String, failure: Throwable): String = "$what: ${failure.message ?: failure.javaClass.simpleName}"

internal fun isUndecodable(failure: IOException): Boolean =
    Build.VERSION.SDK_INT >= Build.VERSION_CODES.P && failure is ImageDecoder.DecodeException
