package androidx.camera.core;

/** The part of CameraX's interface that the library uses, for compiling without CameraX. */
public interface ImageInfo {
    int getRotationDegrees();
}
