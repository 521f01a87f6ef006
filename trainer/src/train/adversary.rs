//! Adversarial training: a classifier learns from the worst images near its own.

use crate::{
    data::{Position, uniform_noise},
    engine::{Feed, Resident, Session},
    error::Result,
    nets::Net,
    recipe::AdversaryRecipe,
    step::{BatchShape, noise_step},
};

/// Looks for images that a classifier gets wrong.
pub(super) struct Adversary {
    recipe: AdversaryRecipe,
    search: Session,
    shape: BatchShape,
    classes: usize,
}

impl Adversary {
    pub(super) fn new(
        recipe: AdversaryRecipe,
        net: &dyn Net,
        shape: BatchShape,
        classes: usize,
    ) -> Result<Self> {
        let (epsilon, step) = (recipe.epsilon / 255.0, recipe.step / 255.0);
        // The step on noise goes towards a smaller loss, so that a negative one goes towards a larger.
        let search = noise_step(net, shape, classes, epsilon, -step)?;
        Ok(Self {
            search: Session::new(&search, 1)?,
            recipe,
            shape,
            classes,
        })
    }

    /// Moves `images` (whole batches `[N, 3, H, W]` in 0..1, one after the other) to where the classifier's loss at
    /// `targets` is larger. It starts from uniform noise, which depends on the place in training alone.
    pub(super) fn disturb(
        &mut self,
        classifier: &[(&str, &Resident)],
        position: Position,
        images: &mut [f32],
        targets: &[f32],
    ) -> Result<()> {
        let (nchw, rows) = (self.shape.nchw(), [self.shape.images, self.classes]);
        let start = uniform_noise(position, self.recipe.epsilon / 255.0, images.len());
        let samples = nchw.iter().product();
        let batches = images
            .chunks_exact_mut(samples)
            .zip(targets.chunks_exact(rows[0] * rows[1]))
            .zip(start.chunks_exact(samples));
        for ((images, targets), start) in batches {
            let mut noise = start.to_vec();
            for _ in 0..self.recipe.steps {
                let feeds = [
                    Feed::new("images", &nchw, images),
                    Feed::new("noise", &nchw, &noise),
                    Feed::new("targets", &rows, targets),
                ];
                let (mut outputs, _) = self.search.run_with(&feeds, classifier, &[])?;
                noise = outputs.take("next_noise")?;
            }
            let moved = images.iter_mut().zip(noise);
            moved.for_each(|(image, noise)| *image = (*image + noise).clamp(0.0, 1.0));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::train::{
        one_hot,
        small::{CLASSES, SHAPE, Small, images},
    };

    const RECIPE: AdversaryRecipe = AdversaryRecipe {
        epsilon: 8.0,
        step: 4.0,
        steps: 4,
    };

    #[test]
    fn it_makes_the_loss_larger_and_stays_near_the_images() {
        let small = Small::new();
        let operands = small.operands();
        let mut adversary = Adversary::new(RECIPE, &small.net, SHAPE, CLASSES).unwrap();
        let targets = one_hot(0..4, CLASSES, 0.0);
        let samples: usize = SHAPE.nchw().iter().product();
        let images = images(37);
        let at = |step| Position {
            seed: 1,
            epoch: 0,
            step,
        };
        let mut disturbed = |step: u64| {
            let mut moved = images.clone();
            let targets = [&targets[..], &targets].concat();
            adversary
                .disturb(&operands, at(step), &mut moved, &targets)
                .unwrap();
            moved
        };
        let (moved, again, elsewhere) = (disturbed(0), disturbed(0), disturbed(1));
        assert!(moved == again, "the same place in training, other images");
        assert!(moved != elsewhere, "every place starts from the same noise");
        let bound = RECIPE.epsilon / 255.0 + 1e-6;
        for (after, before) in moved.iter().zip(&images) {
            assert!((after - before).abs() <= bound, "{before} -> {after}");
            assert!((0.0..=1.0).contains(after), "{after}");
        }
        let mut measure =
            Session::new(&noise_step(&small.net, SHAPE, 4, bound, 0.0).unwrap(), 1).unwrap();
        let still = vec![0.0; samples];
        let mut loss = |images: &[f32]| {
            let nchw = SHAPE.nchw();
            let feeds = [
                Feed::new("images", &nchw, images),
                Feed::new("noise", &nchw, &still),
                Feed::new("targets", &[4, 4], &targets),
            ];
            let (outputs, _) = measure.run_with(&feeds, &operands, &[]).unwrap();
            outputs.scalar("loss").unwrap()
        };
        let noise = uniform_noise(at(0), RECIPE.epsilon / 255.0, images.len());
        let noisy: Vec<f32> = images.iter().zip(&noise).map(|(x, n)| x + n).collect();
        for i in [0, samples] {
            let [before, noisy, after] =
                [&images, &noisy, &moved].map(|all| loss(&all[i..i + samples]));
            let gain = after - before;
            assert!(
                gain > 3.0 * (noisy - before).abs(),
                "{before} {noisy} {after}"
            );
        }
    }
}
