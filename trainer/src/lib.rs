//! Trains, measures and exports ConfounderGAN generators.
pub mod data;
pub mod error;
pub mod pictures;
pub mod progress;
pub mod runtime;
