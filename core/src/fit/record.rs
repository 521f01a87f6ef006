//! What a fitted generator's file says of its fit: `confounder.fit`.

use serde::{Deserialize, Serialize};

use super::rows::root_mean_square;

/// Share of the amplitude of a sure photo below which a photo is in no group.
const SURE: f32 = 0.6;

/// What a generator was fitted to (`confounder.fit` of its file). No names of files, and none of kinds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FitRecord {
    /// Number of photos.
    pub photos: usize,
    /// Whether the groups are the caller's labels.
    pub labelled: bool,
    /// Whether each group got the pattern that the unfitted generator gives it.
    pub anchored: bool,
    /// The groups.
    pub groups: Vec<GroupRecord>,
    /// SHA-256 of the photos' features and groups, in order.
    pub hash: String,
    /// SHA-256 of the file that was fitted.
    pub base: String,
    /// Root mean square of the faintest residual that a photo wholly of one group gets, where the sample range is 0..1;
    /// 0 where it depends on the photo.
    pub amplitude: f32,
}

impl FitRecord {
    /// What is said of a photo that is in no group: its patterns, mixed, are fainter than one alone.
    pub(crate) fn doubt(&self, residual: &[f32]) -> Option<String> {
        let share = root_mean_square(residual) / self.amplitude;
        // Not so where the amplitude is not known.
        (self.amplitude > 0.0 && share < SURE).then(|| {
            format!(
                "the photo fits none of the {} groups that the generator was fitted to: its residual has {:.0} % of the usual \
                 amplitude; fit it again with photos of this kind",
                self.groups.len(),
                100.0 * share
            )
        })
    }
}

/// One group of a [`FitRecord`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupRecord {
    /// Its number, from 1.
    pub number: usize,
    /// How many of the photos are in it.
    pub photos: usize,
    /// The row of the generator's bank that it gets, from 0.
    pub row: usize,
    /// How sure the generator is of its photos, on average: 1 where each gets this group's pattern and no other.
    pub sure: f32,
}
