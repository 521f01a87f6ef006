//! Protects a camera's preview: frames of NV21, as Android gives them, changed in place.
//!
//! `cargo run --release --example camera` makes 90 frames of a scene that moves and says what each one cost.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use confounder::{FrameOptions, FrameProtector, Orientation, Protector, ProtectorOptions, YuvMut};

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;
const FRAMES: u32 = 90;

fn main() -> Result<(), Box<dyn Error>> {
    let protector = Arc::new(Protector::bundled(ProtectorOptions::new())?);
    let mut stream = FrameProtector::new(protector, FrameOptions::new())?;
    let mut frame = vec![0; (WIDTH * HEIGHT * 3 / 2) as usize];
    let mut times = Vec::new();
    for number in 0..FRAMES {
        draw(&mut frame, number);
        let started = Instant::now();
        let mut view = YuvMut::nv21(&mut frame, WIDTH, HEIGHT)?;
        // The sensor of a phone lies across; the preview is shown upright.
        let report = stream.protect(&mut view, Orientation::Rotate90)?;
        times.push(started.elapsed());
        if number % 30 == 0 {
            println!(
                "frame {}: the residual of frame {}",
                report.frame, report.residual_of
            );
        }
    }
    // The first one waits for its own residual.
    let first = times.remove(0);
    let total: Duration = times.iter().sum();
    println!(
        "the first frame took {first:?}, the others {:?} each",
        total / (FRAMES - 1)
    );
    Ok(())
}

/// A bright square that moves to the right over a slope: luma, then pairs of Cr and Cb.
fn draw(frame: &mut [u8], number: u32) {
    let (luma, chroma) = frame.split_at_mut((WIDTH * HEIGHT) as usize);
    for (y, row) in (0..).zip(luma.chunks_mut(WIDTH as usize)) {
        for (x, sample) in (0..).zip(row) {
            let inside = (200..400).contains(&y) && (8 * number..8 * number + 200).contains(&x);
            *sample = if inside {
                220
            } else {
                (x * 120 / WIDTH + y * 60 / HEIGHT) as u8
            };
        }
    }
    for (y, row) in (0..).zip(chroma.chunks_mut(WIDTH as usize)) {
        for (x, sample) in (0u32..).zip(row) {
            *sample = 110 + (x * 20 / WIDTH + y * 20 / HEIGHT) as u8;
        }
    }
}
