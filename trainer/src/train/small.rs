//! A small classifier as it is in training, for tests of what judges its images.
#![allow(clippy::unwrap_used)]

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    engine::Resident,
    nets::{Architecture, Classifier, State},
    step::BatchShape,
};

pub(super) const CLASSES: usize = 4;
pub(super) const SHAPE: BatchShape = BatchShape {
    images: 4,
    height: 16,
    width: 16,
};

pub(super) struct Small {
    pub(super) net: Classifier,
    parameters: Resident,
    statistics: Resident,
}

impl Small {
    pub(super) fn new() -> Self {
        let net = Classifier {
            net: Architecture::Resnet18,
            width: 2,
            classes: CLASSES,
            stem_stride: 1,
        };
        let state = State::init(&net, &SHAPE.nchw(), &mut ChaCha8Rng::seed_from_u64(1));
        Self {
            net,
            parameters: Resident::new(state.parameters).unwrap(),
            statistics: Resident::new(state.statistics).unwrap(),
        }
    }

    pub(super) fn operands(&self) -> [(&'static str, &Resident); 2] {
        [
            ("net", &self.parameters),
            ("net.statistics", &self.statistics),
        ]
    }
}

/// Two batches of images.
pub(super) fn images(step: usize) -> Vec<f32> {
    let samples: usize = SHAPE.nchw().iter().product();
    (0..2 * samples)
        .map(|i| (i * step % 101) as f32 / 100.0)
        .collect()
}
