//! Photos in groups. A group is one cell of photos that are alike, or several that were put together.

use std::collections::BTreeSet;

use super::kmeans;
use super::options::FitOptions;
use super::rows::{Rows, unit};
use crate::error::{Error, ErrorKind, Result};

/// Photos sorted into cells, and cells into groups.
pub(super) struct Cells {
    /// The cell of each photo.
    pub(super) of: Vec<usize>,
    /// The number of each cell's group, from 1.
    pub(super) groups: Vec<usize>,
}

impl Cells {
    /// One for each label, in the order of the labels.
    pub(super) fn by_label(labels: &[&str]) -> (Self, Vec<String>) {
        let known: Vec<&str> = labels
            .iter()
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let of = labels
            .iter()
            .map(|label| known.binary_search(label).unwrap_or(0));
        let cells = Self {
            of: of.collect(),
            groups: (1..=known.len()).collect(),
        };
        (cells, known.into_iter().map(str::to_owned).collect())
    }

    /// Of photos that are alike; the largest first.
    pub(super) fn by_likeness(points: &Rows, count: usize) -> Self {
        let found = kmeans::groups(points, count);
        let mut sizes = vec![0; count];
        found.iter().for_each(|&group| sizes[group] += 1);
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&group| std::cmp::Reverse(sizes[group]));
        let mut place = vec![0; count];
        for (to, &from) in order.iter().enumerate() {
            place[from] = to;
        }
        Self {
            of: found.iter().map(|&group| place[group]).collect(),
            groups: (1..=count).collect(),
        }
    }

    /// Splits and merges groups as the options ask.
    pub(super) fn edit(&mut self, points: &Rows, options: &FitOptions) -> Result<()> {
        for &number in &options.split {
            self.split(points, number)?;
        }
        options
            .merge
            .iter()
            .try_for_each(|numbers| self.merge(numbers))
    }

    fn split(&mut self, points: &Rows, number: usize) -> Result<()> {
        self.check(number)?;
        let members: Vec<usize> = self.members(number).collect();
        if members.len() < 2 {
            return Err(refused(format!(
                "group {number} has one photo; it cannot be split"
            )));
        }
        let own = Rows::of(
            points.width(),
            members.iter().map(|&photo| points.row(photo).to_vec()),
        );
        let halves = kmeans::groups(&own, 2);
        // Groups are split before any are merged: this one has one cell, which the first half keeps.
        let Some(cell) = self.groups.iter().position(|&group| group == number) else {
            return Ok(());
        };
        let new = self.groups.len();
        self.groups
            .push(self.groups.iter().max().map_or(1, |most| most + 1));
        for (&photo, half) in members.iter().zip(halves) {
            self.of[photo] = if half == 0 { cell } else { new };
        }
        Ok(())
    }

    fn merge(&mut self, numbers: &[usize]) -> Result<()> {
        numbers.iter().try_for_each(|&number| self.check(number))?;
        let Some((&first, others)) = numbers.split_first() else {
            return Ok(());
        };
        for group in &mut self.groups {
            if others.contains(group) {
                *group = first;
            }
        }
        Ok(())
    }

    fn check(&self, number: usize) -> Result<()> {
        if self.groups.contains(&number) {
            return Ok(());
        }
        let most = self.groups.iter().max().copied().unwrap_or(0);
        Err(refused(format!(
            "there is no group {number}; groups are 1 to {most}"
        )))
    }

    /// The numbers of the groups, in order.
    pub(super) fn numbers(&self) -> Vec<usize> {
        let numbers: BTreeSet<usize> = self.groups.iter().copied().collect();
        numbers.into_iter().collect()
    }

    /// The photos of a group.
    pub(super) fn members(&self, number: usize) -> impl Iterator<Item = usize> {
        let photos = self.of.iter().enumerate();
        photos
            .filter(move |&(_, &cell)| self.groups[cell] == number)
            .map(|(photo, _)| photo)
    }

    /// The direction of each cell's mean; zeros for one without photos.
    pub(super) fn centres(&self, points: &Rows) -> Vec<Vec<f32>> {
        let means = kmeans::means(points, &self.of, self.groups.len());
        means.into_iter().map(unit).collect()
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidOptions, message)
}
