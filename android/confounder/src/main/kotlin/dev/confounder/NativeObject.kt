package dev.confounder

import java.lang.ref.PhantomReference
import java.lang.ref.ReferenceQueue
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicLong

/**
 * An object of the native library. It is freed once: after [close] and the last call that was under way then, or after the
 * garbage collector has found it. A call after [close] fails with [ConfounderException.Closed] and touches no memory of it.
 */
public abstract class NativeObject internal constructor(private val type: String, private val handle: Long) : AutoCloseable {
    /** Calls under way, and one more for as long as it is open. */
    private val users = AtomicLong(1)
    private val closed = AtomicBoolean()
    private val memory = NativeMemory.of(this, type, handle)

    /** Gives the handle to [work], and keeps the object for as long as that runs. */
    internal inline fun <T> use(work: (Long) -> T): T {
        val handle = enter()
        try {
            return work(handle)
        } finally {
            leave()
        }
    }

    internal fun enter(): Long {
        do {
            val now = users.get()
            if (now == 0L || closed.get()) {
                throw ConfounderException.Closed("the $type was closed before this call; open another one")
            }
        } while (!users.compareAndSet(now, now + 1))
        return handle
    }

    internal fun leave() {
        if (users.decrementAndGet() == 0L) {
            memory.free()
        }
    }

    /** Lets no more calls in, and frees the object after those that are under way. A second time it does nothing. */
    final override fun close() {
        if (closed.compareAndSet(false, true)) {
            leave()
        }
    }
}

/** What is to be freed of an object. Those that nobody closed are freed when the next object is made. */
private class NativeMemory private constructor(owner: NativeObject, private val type: String, private val handle: Long) :
    PhantomReference<NativeObject>(owner, UNREACHABLE) {
    fun free() {
        if (ALL.remove(this)) {
            Native.free(type, handle)
        }
    }

    companion object {
        private val UNREACHABLE = ReferenceQueue<NativeObject>()
        private val ALL: MutableSet<NativeMemory> = ConcurrentHashMap.newKeySet()

        fun of(owner: NativeObject, type: String, handle: Long): NativeMemory {
            while (true) {
                (UNREACHABLE.poll() as NativeMemory? ?: break).free()
            }
            return NativeMemory(owner, type, handle).also(ALL::add)
        }
    }
}
