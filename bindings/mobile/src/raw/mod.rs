//! Pixels where they lie: entry points for JNI and C.
//!
//! All `unsafe` code of the bindings is here. Both ways in do the same: they make sure that the memory they were given
//! is as long as size and strides ask for, make one slice of exactly that part, and call the core, which changes it in
//! place. No pixel is copied. Options come in and report or error goes out as UniFFI serialises them.
#![allow(unsafe_code)]

// Kotlin has its own way in, and an Android library should show no more than it must.
#[cfg(not(target_os = "android"))]
mod c;
mod call;
#[cfg(not(target_os = "ios"))]
mod jvm;
mod memory;
mod pixels;
mod yuv;
