//! Pixels and planes in memory, and generator files.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod blend;
mod eight_bits;
mod frames;
mod generator;
mod protector;
mod yuv;
mod yuv_rgb;
