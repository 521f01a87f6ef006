//! What a platform may lack. Browsers (`wasm32-unknown-unknown`) have no clock of `std` and no threads; their file system
//! answers every call with an error, as `std` has it.

/// The clock: `std`'s own, in browsers `performance.now()`.
pub(crate) use web_time::Instant;

/// Whether a thread can be started. Where not, rayon's calls run on the thread that makes them.
pub(crate) const THREADS: bool = !cfg!(all(target_arch = "wasm32", target_os = "unknown"));
