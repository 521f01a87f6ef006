package androidx.camera.core;

import java.nio.ByteBuffer;

/** The part of CameraX's interface that the library uses, for compiling without CameraX. */
public interface ImageProxy extends AutoCloseable {
    interface PlaneProxy {
        int getRowStride();

        int getPixelStride();

        ByteBuffer getBuffer();
    }

    int getFormat();

    int getHeight();

    int getWidth();

    PlaneProxy[] getPlanes();

    ImageInfo getImageInfo();

    @Override
    void close();
}
