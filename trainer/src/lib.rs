//! Trains, measures and exports ConfounderGAN generators.

pub mod bank;
pub mod checkpoint;
pub mod data;
pub mod engine;
pub mod error;
mod files;
pub mod graph;
pub mod interrupt;
pub mod losses;
pub mod nets;
pub mod pictures;
pub mod progress;
pub mod protect;
pub mod recipe;
pub mod reproduce;
pub mod runtime;
pub mod stages;
pub mod step;
pub mod systems;
pub mod train;
pub mod vjp;
