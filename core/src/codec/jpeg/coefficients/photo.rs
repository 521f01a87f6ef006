//! A JPEG read as far as its DC coefficients.

use super::colour::ColourModel;
use super::decode::{self, Samples};
use super::layout::{Layout, Part};
use super::sequential::Marked;
use super::{bits, progressive, sequential};

use crate::cancel::CancelToken;
use crate::error::Result;
use crate::residual::Residual;

/// Most nodes of a residual along a side. A finer one is no smooth tint, and has more to say than low frequencies can.
const MOST_NODES: usize = 64;

/// A JPEG read as far as its DC coefficients.
pub(in crate::codec) struct Photo<'a> {
    pub(super) layout: Layout<'a>,
    pub(super) model: ColourModel,
    /// Quantised DC values by component and block.
    pub(super) values: Vec<Vec<i16>>,
    /// What is known of each scan of a sequential file, in file order; empty for a progressive one.
    pub(super) scans: Vec<Marked>,
}

impl<'a> Photo<'a> {
    /// Reads a JPEG file; `None` where its coefficients cannot be changed (see [`Layout::read`]).
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) where it is damaged; `Cancelled`.
    pub(in crate::codec) fn read(input: &'a [u8], cancel: &CancelToken) -> Result<Option<Self>> {
        let Some(layout) = Layout::read(input)? else {
            return Ok(None);
        };
        let Some(model) = ColourModel::of(&layout) else {
            return Ok(None);
        };
        let mut values = layout.dc_values()?;
        let mut scans = Vec::new();
        let mut seen = vec![false; layout.components.len()];
        for part in &layout.parts {
            let Part::Scan(scan) = part else { continue };
            if !layout.progressive {
                scans.push(sequential::read(&layout, scan, &mut values, cancel)?);
            } else if progressive::is_dc(scan) {
                progressive::read(&layout, scan, &mut values, cancel)?;
            } else if scan.spectrum.0 == 0 {
                // DC and AC in one scan: not allowed in progressive files (G.1.1.1.1).
                return Err(bits::damaged());
            }
            scan.components.iter().for_each(|c| seen[c.index] = true);
        }
        if seen.contains(&false) {
            return Err(bits::damaged());
        }
        Ok(Some(Self {
            layout,
            model,
            values,
            scans,
        }))
    }

    /// Width and height in pixels.
    pub(in crate::codec) fn size(&self) -> (u32, u32) {
        (self.layout.width as u32, self.layout.height as u32)
    }

    /// How many bytes follow the photo in `file`, from which it was read, where its end marker is missing.
    pub(in crate::codec) fn trailing_bytes(&self, file: &[u8]) -> usize {
        let last = self.layout.parts.iter().rev().find_map(|part| match part {
            Part::Scan(scan) => Some(scan),
            _ => None,
        });
        let Some(scan) = last else { return 0 };
        let used = match self.scans.last() {
            Some(marked) => bits::stuffed_length(scan.data, marked.bytes()),
            None => scan.data.len(),
        };
        let start = scan.data.as_ptr().addr() - file.as_ptr().addr();
        file.len().saturating_sub(start + used)
    }

    /// The photo's pixels.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) where not all of it can be read; `LimitExceeded` where memory ends;
    /// `Cancelled`.
    pub(in crate::codec::jpeg) fn decode(&self, cancel: &CancelToken) -> Result<Samples> {
        decode::decode(&self.layout, self.model, cancel)
    }

    /// Whether a residual is coarse enough to be added here.
    pub(in crate::codec) fn takes(&self, residual: &Residual) -> bool {
        residual.width() <= MOST_NODES && residual.height() <= MOST_NODES
    }

    /// Whether the photo is large enough to hold a residual well. In progressive files only the mean of a block changes,
    /// so that there must be about as many blocks as the residual has values.
    pub(in crate::codec) fn holds(&self, residual: &Residual) -> bool {
        let enough = |blocks: usize, values: usize| 4 * blocks >= 3 * values;
        !self.layout.progressive
            || self.layout.components.iter().all(|component| {
                enough(component.columns, residual.width())
                    && enough(component.rows, residual.height())
            })
    }
}
