//! The gradient analysis: how a victim's gradient on protected images relates to that on clean ones.

use std::sync::Mutex;

use super::Probe;
use crate::{
    data::Dataset,
    engine::{Feed, Session},
    error::{Error, Result},
    nets::{Net, State},
    step::{BatchShape, classifier_gradient},
    train::one_hot,
};

/// Images that gradients are taken on.
pub(super) const IMAGES: usize = 256;

/// Compares gradients on the first images of two sets; its results pile up.
pub(super) struct Prober {
    session: Mutex<Session>,
    shape: BatchShape,
    classes: usize,
    batches: [Vec<f32>; 2],
    targets: Vec<f32>,
    found: Mutex<Vec<Probe>>,
}

impl Prober {
    pub(super) fn new(net: &dyn Net, clean: &Dataset, protected: &Dataset) -> Result<Self> {
        let shape = BatchShape {
            images: IMAGES.min(clean.len()),
            height: clean.height,
            width: clean.width,
        };
        let classes = clean.classes.len();
        let floats = |data: &Dataset| -> Vec<f32> {
            let bytes = &data.images[..shape.images * data.samples()];
            bytes.iter().map(|&b| f32::from(b) / 255.0).collect()
        };
        Ok(Self {
            session: Mutex::new(Session::new(&classifier_gradient(net, shape, classes)?, 1)?),
            shape,
            classes,
            batches: [floats(clean), floats(protected)],
            targets: one_hot(clean.labels[..shape.images].iter().copied(), classes, 0.0),
            found: Mutex::new(Vec::new()),
        })
    }

    pub(super) fn observe(&self, state: &State) -> Result<()> {
        let clean = self.gradient(state, &self.batches[0])?;
        let protected = self.gradient(state, &self.batches[1])?;
        let product = |a: &[f32], b: &[f32]| -> f64 {
            let pairs = a.iter().zip(b);
            pairs.map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
        };
        let norms = [&clean, &protected].map(|g| product(g, g).sqrt());
        let mut found = self.found.lock().unwrap_or_else(|e| e.into_inner());
        found.push(Probe {
            clean_norm: norms[0],
            protected_norm: norms[1],
            cosine: product(&clean, &protected) / (norms[0] * norms[1]).max(1e-30),
        });
        Ok(())
    }

    fn gradient(&self, state: &State, images: &[f32]) -> Result<Vec<f32>> {
        let broken = |_| Error::Ort("a gradient's thread panicked".into());
        let mut session = self.session.lock().map_err(broken)?;
        let (nchw, rows) = (self.shape.nchw(), [self.shape.images, self.classes]);
        let (parameters, statistics) = ([state.parameters.len()], [state.statistics.len()]);
        let feeds = [
            Feed::new("images", &nchw, images),
            Feed::new("targets", &rows, &self.targets),
            Feed::new("net", &parameters, &state.parameters),
            Feed::new("net.statistics", &statistics, &state.statistics),
        ];
        session.run(&feeds)?.take("gradient")
    }

    pub(super) fn into_probes(self) -> Vec<Probe> {
        self.found.into_inner().unwrap_or_else(|e| e.into_inner())
    }
}
