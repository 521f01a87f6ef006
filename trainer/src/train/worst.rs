//! Of several augmentations of an image, the one that a classifier does worst on.

use crate::{
    engine::{Feed, Resident, Session},
    error::Result,
    graph::Graph,
    nets::{Mode, Net, Scope, Weights},
    step::BatchShape,
};

/// Computes a classifier's loss at each image, with running statistics. (APBench's program judges with those of the batch,
/// so that what is not chosen enters the running ones too.)
pub(super) struct Judge {
    session: Session,
    shape: BatchShape,
    classes: usize,
}

impl Judge {
    pub(super) fn new(net: &dyn Net, shape: BatchShape, classes: usize) -> Result<Self> {
        let mut graph = Graph::new();
        let images = graph.input("images", &shape.nchw());
        let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Evaluate);
        let logits = net.forward(&mut scope, images);
        graph.output("logits", logits);
        Ok(Self {
            session: Session::new(&graph, 1)?,
            shape,
            classes,
        })
    }

    /// Cross-entropy of each of `images` (whole batches `[N, 3, H, W]`, one after the other) at its target.
    pub(super) fn losses(
        &mut self,
        classifier: &[(&str, &Resident)],
        images: &[f32],
        targets: &[f32],
    ) -> Result<Vec<f32>> {
        let nchw = self.shape.nchw();
        let mut losses = Vec::new();
        for images in images.chunks_exact(nchw.iter().product()) {
            let feeds = [Feed::new("images", &nchw, images)];
            let (mut outputs, _) = self.session.run_with(&feeds, classifier, &[])?;
            let logits = outputs.take("logits")?;
            let targets = targets[losses.len() * self.classes..].chunks_exact(self.classes);
            let each = logits.chunks_exact(self.classes).zip(targets);
            losses.extend(each.map(|(logits, targets)| cross_entropy(logits, targets)));
        }
        Ok(losses)
    }
}

/// Replaces each image by its counterpart where the loss is larger there.
pub(super) fn keep_worse(images: &mut [f32], worst: &mut [f32], others: &[f32], losses: &[f32]) {
    let samples = images.len() / worst.len().max(1);
    let pairs = images.chunks_mut(samples).zip(others.chunks(samples));
    for ((image, other), (worst, &loss)) in pairs.zip(worst.iter_mut().zip(losses)) {
        if loss > *worst {
            image.copy_from_slice(other);
            *worst = loss;
        }
    }
}

fn cross_entropy(logits: &[f32], targets: &[f32]) -> f32 {
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = logits.iter().map(|x| (x - top).exp()).sum();
    let each = logits.iter().zip(targets);
    each.map(|(x, target)| target * (top + sum.ln() - x)).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::train::{
        one_hot,
        small::{CLASSES, SHAPE, Small, images},
    };

    #[test]
    fn each_image_becomes_the_one_with_the_largest_loss() {
        let small = Small::new();
        let operands = small.operands();
        let mut judge = Judge::new(&small.net, SHAPE, CLASSES).unwrap();
        let targets = one_hot([0, 1, 2, 3, 3, 2, 1, 0].into_iter(), CLASSES, 0.0);
        let draws = [37, 47, 57].map(images);
        let losses: Vec<Vec<f32>> = draws
            .iter()
            .map(|images| judge.losses(&operands, images, &targets).unwrap())
            .collect();
        let (mut images, mut worst) = (draws[0].clone(), losses[0].clone());
        for (others, losses) in draws.iter().zip(&losses).skip(1) {
            keep_worse(&mut images, &mut worst, others, losses);
        }
        let one = images.len() / 8;
        for i in 0..8 {
            let expected = (0..3).max_by(|&a, &b| losses[a][i].total_cmp(&losses[b][i]));
            let expected = expected.unwrap();
            assert_eq!(worst[i], losses[expected][i]);
            assert_eq!(images[i * one..][..one], draws[expected][i * one..][..one]);
        }
        assert!(losses[0] != losses[1]);
    }

    #[test]
    fn cross_entropy_is_that_of_the_softmax() {
        assert!((cross_entropy(&[0.0, 0.0], &[1.0, 0.0]) - 2f32.ln()).abs() < 1e-6);
        assert!(cross_entropy(&[50.0, 0.0], &[1.0, 0.0]) < 1e-6);
        assert!((cross_entropy(&[50.0, 0.0], &[0.0, 1.0]) - 50.0).abs() < 1e-3);
    }
}
