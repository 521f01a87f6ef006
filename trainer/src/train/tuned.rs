//! Which part of a classifier is trained.

use std::borrow::Cow;

use rand::Rng;

use crate::{
    error::Result,
    graph::Graph,
    nets::{Classifier, EfficientNetLite, EfficientNetTop, EfficientNetTrunk, State},
    recipe::ClassifierRecipe,
    step::{BatchShape, classifier_gradient, top_gradient},
};

use super::classifier::network;

/// A classifier, all of which is trained, or what stands behind its trunk.
pub(super) struct Tuned {
    /// The whole of it.
    pub(super) net: Classifier,
    /// The part that stays as it started.
    trunk: Option<State>,
}

impl Tuned {
    /// The recipe's classifier, and the state that its training starts from.
    ///
    /// # Errors
    /// As [`crate::nets::Pretrained::apply`].
    pub(super) fn start(
        recipe: &ClassifierRecipe,
        classes: usize,
        shape: BatchShape,
        rng: &mut impl Rng,
    ) -> Result<(Self, State)> {
        let net = network(recipe, classes);
        let mut initial = State::init(&net, &shape.nchw(), rng);
        if let Some(pretrained) = recipe.initial {
            pretrained.apply(&net, &mut initial)?;
        }
        if !recipe.frozen_trunk {
            return Ok((Self { net, trunk: None }, initial));
        }
        let like = State::init(&EfficientNetTrunk, &shape.nchw(), rng);
        let (trunk, top) = initial.split(&like);
        let trunk = Some(trunk);
        Ok((Self { net, trunk }, top))
    }

    /// Its gradient for a batch.
    ///
    /// # Errors
    /// As [`classifier_gradient`].
    pub(super) fn gradient(&self, shape: BatchShape) -> Result<Graph> {
        let &Classifier { width, classes, .. } = &self.net;
        match &self.trunk {
            None => classifier_gradient(&self.net, shape, classes),
            Some(trunk) => {
                let top = EfficientNetTop(EfficientNetLite { width, classes });
                top_gradient((&EfficientNetTrunk, trunk), &top, shape, classes)
            }
        }
    }

    /// The state of the whole, of what was learned.
    pub(super) fn whole<'a>(&self, learned: &'a State) -> Cow<'a, State> {
        match &self.trunk {
            None => Cow::Borrowed(learned),
            Some(trunk) => Cow::Owned(trunk.joined(learned)),
        }
    }
}
