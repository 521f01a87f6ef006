//! No pixel is copied: a call on 12 megapixels allocates far less than they take, so there is no place where a copy could
//! be (what it does allocate are sums of columns for the working grid). A program of its own, since it counts by the allocator of the process.
#![allow(unsafe_code, clippy::unwrap_used, clippy::print_stderr)]

use std::sync::Arc;

use confounder_mobile::{ProtectOptions, Protector, ProtectorOptions, Report, UniFfiTag};
use uniffi::{Handle, Lift, Lower, RustBuffer, RustCallStatus};

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;
/// Rows are longer than their pixels.
const STRIDE: usize = 4 * WIDTH as usize + 64;

#[repr(C)]
struct Handles(u64, u64, u64);
#[repr(C)]
struct Plane(*mut u8, u64, u64, u64);
#[repr(C)]
struct Shape(u32, u32, u32, u32);

unsafe extern "C" {
    fn confounder_protect_pixels(
        handles: Handles,
        options: RustBuffer,
        plane: Plane,
        shape: Shape,
        status: &mut RustCallStatus,
    ) -> RustBuffer;
    fn confounder_protect_yuv(
        handles: Handles,
        options: RustBuffer,
        luma: Plane,
        cb: Plane,
        cr: Plane,
        shape: Shape,
        status: &mut RustCallStatus,
    ) -> RustBuffer;
}

fn handles(protector: &Arc<Protector>) -> Handles {
    Handles(Handle::from_arc(Arc::clone(protector)).as_raw(), 0, 0)
}

fn options() -> RustBuffer {
    let mut bytes = Vec::new();
    <ProtectOptions as Lower<UniFfiTag>>::write(ProtectOptions::default(), &mut bytes);
    RustBuffer::from_vec(bytes)
}

fn report(status: &RustCallStatus, buffer: RustBuffer) -> Report {
    assert_eq!(status.code, uniffi::RustCallStatusCode::Success);
    <Report as Lift<UniFfiTag>>::try_lift_from_rust_buffer(buffer).unwrap()
}

/// The bytes that the whole process allocates during the work.
fn allocated(work: impl FnOnce()) -> u64 {
    let _profiler = dhat::Profiler::builder().testing().build();
    work();
    dhat::HeapStats::get().total_bytes
}

#[test]
fn twelve_megapixels_are_changed_where_they_lie() {
    let protector = Protector::bundled(ProtectorOptions::default()).unwrap();
    let mut pixels = vec![120; STRIDE * HEIGHT as usize];
    let (address, length) = (pixels.as_mut_ptr(), pixels.len() as u64);
    let bitmap = |shape: Shape| {
        let mut status = RustCallStatus::default();
        let plane = Plane(address, length, STRIDE as u64, 0);
        // SAFETY: the memory is that of `pixels`, which nobody else uses; the handle and the options are of this call.
        let answer = unsafe {
            confounder_protect_pixels(handles(&protector), options(), plane, shape, &mut status)
        };
        let report = report(&status, answer);
        assert!(report.psnr_db.unwrap() > 30.0);
    };
    bitmap(Shape(WIDTH, HEIGHT, 0, 1)); // Threads and models come into being.
    // The generator's own needs are the same for photos of all sizes; a copy would add the whole length.
    let own = allocated(|| bitmap(Shape(256, 192, 0, 1)));
    let bytes = allocated(|| bitmap(Shape(WIDTH, HEIGHT, 0, 1)));
    eprintln!("a bitmap of {length} bytes: {bytes} bytes allocated, {own} for a small one");
    assert!(bytes < own + length / 20, "{bytes} and {own}");
    assert_ne!(&pixels[..1000], &[120; 1000]);

    let frame = || {
        let mut status = RustCallStatus::default();
        let (width, height) = (u64::from(WIDTH), u64::from(HEIGHT));
        let luma = Plane(address, width * height, width, 1);
        // SAFETY: chroma follows luma in the same memory, which is twice as long as the frame.
        let chroma = unsafe { address.add((width * height) as usize) };
        let plane = |address: *mut u8| Plane(address, width * height / 2 - 1, width, 2);
        // SAFETY: as above.
        let (cb, cr) = (plane(chroma), plane(unsafe { chroma.add(1) }));
        let shape = Shape(WIDTH, HEIGHT, 0, 6);
        // SAFETY: as above; the handle and the options are of this call.
        let answer = unsafe {
            confounder_protect_yuv(
                handles(&protector),
                options(),
                luma,
                cb,
                cr,
                shape,
                &mut status,
            )
        };
        report(&status, answer);
    };
    frame();
    let bytes = allocated(frame);
    let length = u64::from(WIDTH * HEIGHT * 3 / 2);
    eprintln!("a frame of {length} bytes: {bytes} bytes allocated");
    assert!(bytes < own + length / 10, "{bytes} and {own}");
}
