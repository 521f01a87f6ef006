//! Of several augmentations of an image, the one that a classifier does worst on.

use crate::{
    engine::{Feed, Resident, Session},
    error::Result,
    graph::Graph,
    nets::{Mode, Net, Scope, Weights},
    step::BatchShape,
};

/// Computes a classifier's loss at each image, as in training: with the statistics of the batch.
pub(super) struct Judge {
    session: Session,
    shape: BatchShape,
    classes: usize,
}

impl Judge {
    pub(super) fn new(net: &dyn Net, shape: BatchShape, classes: usize) -> Result<Self> {
        let mut graph = Graph::new();
        let images = graph.input("images", &shape.nchw());
        let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Train);
        let logits = net.forward(&mut scope, images);
        graph.output("logits", logits);
        Ok(Self {
            session: Session::new(&graph, 1)?,
            shape,
            classes,
        })
    }

    /// How much each of `images`, so many draws `[N, 3, H, W]` of a batch one after the other, counts in the mean of all:
    /// the number of draws where its loss is the largest of the batch's same image (the first such), else 0.
    pub(super) fn weights(
        &mut self,
        classifier: &[(&str, &Resident)],
        images: &[f32],
        targets: &[f32],
    ) -> Result<Vec<f32>> {
        let nchw = self.shape.nchw();
        let losses: Vec<Vec<f32>> = images
            .chunks_exact(nchw.iter().product())
            .map(|images| self.losses(classifier, Feed::new("images", &nchw, images), targets))
            .collect::<Result<_>>()?;
        let count = self.shape.images;
        let mut weights = vec![0.0; losses.len() * count];
        for i in 0..count {
            let first = |worst: usize, draw: usize| match losses[draw][i] > losses[worst][i] {
                true => draw,
                false => worst,
            };
            let worst = (0..losses.len()).fold(0, first);
            weights[worst * count + i] = losses.len() as f32;
        }
        Ok(weights)
    }

    /// Cross-entropy of each image of a batch at its target.
    fn losses(
        &mut self,
        classifier: &[(&str, &Resident)],
        images: Feed<'_>,
        targets: &[f32],
    ) -> Result<Vec<f32>> {
        let (mut outputs, _) = self.session.run_with(&[images], classifier, &[])?;
        let logits = outputs.take("logits")?;
        let targets = targets.chunks_exact(self.classes);
        let each = logits.chunks_exact(self.classes).zip(targets);
        Ok(each
            .map(|(logits, targets)| cross_entropy(logits, targets))
            .collect())
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
    use crate::{
        data::{Augment, Dataset, Ueraser},
        nets::Architecture,
        progress::Mode as Progress,
        recipe::ClassifierRecipe,
        train::{
            ClassifierJob, Trained, one_hot,
            small::{CLASSES, SHAPE, Small, images},
            train_classifier,
        },
    };

    #[test]
    fn of_all_draws_of_an_image_the_worst_alone_counts() {
        let small = Small::new();
        let operands = small.operands();
        let mut judge = Judge::new(&small.net, SHAPE, CLASSES).unwrap();
        let targets = one_hot([0, 1, 2, 3].into_iter(), CLASSES, 0.0);
        // Two batches of each of three steps.
        let images = [37, 47, 57].map(images).concat();
        let nchw = SHAPE.nchw();
        let losses: Vec<Vec<f32>> = images
            .chunks(nchw.iter().product())
            .map(|batch| {
                let batch = Feed::new("images", &nchw, batch);
                judge.losses(&operands, batch, &targets).unwrap()
            })
            .collect();
        let weights = judge.weights(&operands, &images, &targets).unwrap();
        for i in 0..4 {
            let worst = (0..6).max_by(|&a, &b| losses[a][i].total_cmp(&losses[b][i]));
            for draw in 0..6 {
                let wanted = if Some(draw) == worst { 6.0 } else { 0.0 };
                assert_eq!(weights[draw * 4 + i], wanted, "{draw}, {i}");
            }
        }
        assert!(losses[0] != losses[1]);
    }

    #[test]
    fn of_equal_draws_the_first_counts() {
        let small = Small::new();
        let mut judge = Judge::new(&small.net, SHAPE, CLASSES).unwrap();
        let targets = one_hot([0, 1, 2, 3].into_iter(), CLASSES, 0.0);
        let one = images(37)[..SHAPE.nchw().iter().product()].to_vec();
        let weights = judge.weights(&small.operands(), &one.repeat(3), &targets);
        assert_eq!(weights.unwrap(), [[3.0; 4], [0.0; 4], [0.0; 4]].concat());
    }

    #[test]
    fn cross_entropy_is_that_of_the_softmax() {
        assert!((cross_entropy(&[0.0, 0.0], &[1.0, 0.0]) - 2f32.ln()).abs() < 1e-6);
        assert!(cross_entropy(&[50.0, 0.0], &[1.0, 0.0]) < 1e-6);
        assert!((cross_entropy(&[50.0, 0.0], &[0.0, 1.0]) - 50.0).abs() < 1e-3);
    }

    /// A small net after 16 steps with so many draws of each batch.
    fn trained(worst_of: usize, augment: &Augment) -> Trained {
        let recipe = ClassifierRecipe {
            net: Architecture::Resnet18,
            width: 2,
            stem_stride: 1,
            initial: None,
            frozen_trunk: false,
            epochs: 2,
            batch: 8,
            replicas: 1,
            rate: 0.02,
            warm_up: 0.0,
            momentum: 0.9,
            weight_decay: 0.0,
            label_smoothing: 0.0,
            augment: augment.clone(),
            worst_of,
            plain_epochs: 0,
            adversary: None,
        };
        let data = Dataset {
            name: "made up".into(),
            classes: ["a", "b"].map(String::from).to_vec(),
            height: 16,
            width: 16,
            images: (0..64 * 768).map(|i| (i * 7919 % 251) as u8).collect(),
            labels: (0..64).map(|i| i % 2).collect(),
        };
        let folder = tempfile::tempdir().unwrap();
        train_classifier(&ClassifierJob {
            recipe: &recipe,
            seed: 5,
            train: &data,
            test: &data,
            peak_images: 0,
            checkpoint: &folder.path().join("checkpoint"),
            fingerprint: "test".into(),
            title: "test".into(),
            mode: Progress::Silent,
            observer: None,
        })
        .unwrap()
    }

    /// Bit for bit, since four is a power of two.
    #[test]
    fn the_worst_of_equal_draws_teaches_what_one_does() {
        let [one, four] = [1, 4].map(|draws| trained(draws, &Augment::none()));
        assert!(one.state == four.state, "weights differ");
        assert_eq!(one.epochs, four.epochs);
    }

    #[test]
    fn the_worst_of_different_draws_costs_more() {
        let augment = Augment {
            ueraser: Some(Ueraser::Small),
            ..Augment::none()
        };
        let [one, three] = [1, 3].map(|draws| trained(draws, &augment).epochs[0].loss);
        assert!(three > one + 0.05, "{three}, {one}");
    }
}
