//! Axes as files write them.

/// An axis that counts from the end where it is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis(pub(super) i64);

impl Axis {
    /// Its place among `rank` axes, where there is one.
    pub(crate) fn of(self, rank: usize) -> Option<usize> {
        let axis = match self.0 {
            axis if axis < 0 => axis + rank as i64,
            axis => axis,
        };
        usize::try_from(axis).ok().filter(|&axis| axis < rank)
    }

    /// The places of axes among `rank`, in the order given.
    pub(crate) fn all(axes: &[Self], rank: usize) -> Option<Vec<usize>> {
        axes.iter().map(|axis| axis.of(rank)).collect()
    }

    /// The places of axes in rising order; `None` where one is there twice.
    pub(crate) fn rising(axes: &[Self], rank: usize) -> Option<Vec<usize>> {
        let mut places = Self::all(axes, rank)?;
        places.sort_unstable();
        places.dedup();
        (places.len() == axes.len()).then_some(places)
    }
}
