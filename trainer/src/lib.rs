//! Trains, measures and exports ConfounderGAN generators.

// pub mod data;
pub mod engine;
pub mod error;
pub mod graph;
pub mod losses;
pub mod nets;
// pub mod pictures;
pub mod progress;
pub mod runtime;
pub mod step;
pub mod vjp;
