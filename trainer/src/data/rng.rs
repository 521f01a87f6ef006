//! Random numbers that depend on their place in training alone, never on what was drawn before or on which thread.
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Position;

/// What numbers are drawn for; keeps the streams apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Order = 1,
    Augment = 2,
    Mix = 3,
    Noise = 4,
    Operation = 5,
}

/// The generator for one purpose at one place. All four numbers and the purpose go into the key.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    pub(super) fn new(purpose: Purpose, seed: u64, epoch: u64, step: u64, slot: u32) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&epoch.to_le_bytes());
        key[16..24].copy_from_slice(&step.to_le_bytes());
        key[24..28].copy_from_slice(&slot.to_le_bytes());
        key[28] = purpose as u8;
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A whole number in `0..n` (0 for `n = 0`); the bias is below `n / 2^32`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }

    /// A number in 0..1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// A number in `low..high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }
}

/// Numbers between `-bound` and `bound`, for one place in training.
pub(crate) fn uniform_noise(position: Position, bound: f32, len: usize) -> Vec<f32> {
    let Position { seed, epoch, step } = position;
    let mut draw = Draw::new(Purpose::Noise, seed, epoch, step, 0);
    (0..len).map(|_| draw.between(-bound, bound)).collect()
}
