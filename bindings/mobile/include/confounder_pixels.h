/* Pixels that are protected where they lie.
 *
 * Beside the functions that UniFFI makes, and in their manner: a call fills in a status (0: done, 1: an error is in its
 * buffer, 2: a panic's message is); report and error are serialised as UniFFI does it. A handle that is passed in is a
 * reference of its own (uniffiCloneHandle), which the call takes over, as it does the buffer of options.
 *
 * Nobody else may use the memory during a call. Nothing is copied. */
#pragma once

#include <stdint.h>

#include "ConfounderFFI.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Handles of UniFFI's objects; cancel and listener may be 0. */
typedef struct {
    uint64_t protector;
    uint64_t cancel;
    uint64_t listener;
} ConfounderHandles;

/* One plane of memory; strides in bytes. pixel_stride is not used for pixels. */
typedef struct {
    uint8_t *_Nullable address;
    uint64_t length;
    uint64_t row_stride;
    uint64_t pixel_stride;
} ConfounderPlane;

/* format of pixels: 0 RGBA, 1 BGRA, 2 RGB, 3 gray (8 bits each), 4 RGBA of 16 bits, 5 RGB of 16 bits.
 * format of frames, bit by bit: 1 limited range, 2 BT.709 (else BT.601), 4 ten bits in the upper bits of two bytes,
 * 8 4:2:2, 16 4:4:4 (else 4:2:0).
 * orientation: as EXIF counts it, 1 to 8; 1 is upright. */
typedef struct {
    uint32_t width;
    uint32_t height;
    uint32_t format;
    uint32_t orientation;
} ConfounderShape;

/* Returns a serialised report. */
RustBuffer confounder_protect_pixels(
    ConfounderHandles handles,
    RustBuffer options,
    ConfounderPlane plane,
    ConfounderShape shape,
    RustCallStatus *_Nonnull status);

/* Returns a serialised report. Cb and Cr may lie within each other (NV12, NV21); luma is only read. */
RustBuffer confounder_protect_yuv(
    ConfounderHandles handles,
    RustBuffer options,
    ConfounderPlane luma,
    ConfounderPlane cb,
    ConfounderPlane cr,
    ConfounderShape shape,
    RustCallStatus *_Nonnull status);

/* The next frame of a stream, whose handle is that of a frame protector. */
void confounder_protect_frame(
    uint64_t stream,
    ConfounderPlane luma,
    ConfounderPlane cb,
    ConfounderPlane cr,
    ConfounderShape shape,
    RustCallStatus *_Nonnull status);

#ifdef __cplusplus
}
#endif
