//! Which images play which part.

use super::{Bench, Part};
use crate::data::Dataset;

/// The images of a cell.
#[derive(Clone, Copy)]
pub(super) struct Sets<'a> {
    /// Those that are protected and learned from.
    pub images: &'a Dataset,
    /// Other labelled images.
    pub others: &'a Dataset,
    /// Clean test images.
    pub test: &'a Dataset,
}

impl Bench {
    pub(super) fn sets(&self, part: Part) -> Sets<'_> {
        match part {
            Part::First => Sets {
                images: &self.images,
                others: &self.others,
                test: &self.test,
            },
            Part::Held => Sets {
                images: &self.held,
                others: &self.images,
                test: &self.images,
            },
            Part::Unseen => Sets {
                images: &self.unseen.train,
                others: &self.images,
                test: &self.unseen.test,
            },
        }
    }
}
