/* Stands in for Android's libjnigraphics in tests on the JVM: its bitmaps are Java objects with public fields. Counts
 * locks and unlocks, so that a test sees that every lock is undone. */
#include <jni.h>
#include <stdint.h>

typedef struct {
    uint32_t width;
    uint32_t height;
    uint32_t stride;
    int32_t format;
    uint32_t flags;
} AndroidBitmapInfo;

static jfieldID field(JNIEnv *env, jobject bitmap, const char *name, const char *type) {
    return (*env)->GetFieldID(env, (*env)->GetObjectClass(env, bitmap), name, type);
}

static jint number(JNIEnv *env, jobject bitmap, const char *name) {
    return (*env)->GetIntField(env, bitmap, field(env, bitmap, name, "I"));
}

static void count(JNIEnv *env, jobject bitmap, const char *name) {
    (*env)->SetIntField(env, bitmap, field(env, bitmap, name, "I"), number(env, bitmap, name) + 1);
}

int AndroidBitmap_getInfo(JNIEnv *env, jobject bitmap, AndroidBitmapInfo *info) {
    info->width = number(env, bitmap, "width");
    info->height = number(env, bitmap, "height");
    info->stride = number(env, bitmap, "stride");
    info->format = number(env, bitmap, "format");
    info->flags = number(env, bitmap, "flags");
    return 0;
}

int AndroidBitmap_lockPixels(JNIEnv *env, jobject bitmap, void **address) {
    jobject pixels = (*env)->GetObjectField(env, bitmap, field(env, bitmap, "pixels", "Ljava/nio/ByteBuffer;"));
    *address = (*env)->GetDirectBufferAddress(env, pixels);
    count(env, bitmap, "locks");
    return 0;
}

int AndroidBitmap_unlockPixels(JNIEnv *env, jobject bitmap) {
    count(env, bitmap, "unlocks");
    return 0;
}
