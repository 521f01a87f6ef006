package android.graphics;

import java.nio.ByteBuffer;

/** Stands in for Android's class in tests on the JVM; the stand-in of libjnigraphics reads these fields. */
public class Bitmap {
    public static final int RGBA_8888 = 1;
    public static final int RGB_565 = 4;

    public final int width;
    public final int height;
    public final int stride;
    public final int format;
    public final int flags;
    public final ByteBuffer pixels;
    public final boolean mutable;
    public int locks;
    public int unlocks;

    public Bitmap(int width, int height, int stride, int format, int flags, boolean mutable) {
        this.width = width;
        this.height = height;
        this.stride = stride;
        this.format = format;
        this.flags = flags;
        this.mutable = mutable;
        this.pixels = ByteBuffer.allocateDirect(stride * height);
    }

    public boolean isRecycled() {
        return false;
    }

    public boolean isMutable() {
        return mutable;
    }
}
