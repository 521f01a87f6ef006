//! DC differences, coded the same way in sequential and progressive scans (ITU-T T.81, F.1.2.1 and F.2.2.1).

use super::bits::{Entropy, Writer, damaged};
use super::blocks;
use super::huffman::{Decoder, Encoder, category, extend, magnitude_bits};
use super::layout::{Layout, Scan};
use crate::cancel::CancelToken;
use crate::error::Result;

/// Largest category of a DC difference for 8-bit samples (table F.1).
const MOST: u32 = 11;

/// Reads the difference at bit `at` and moves `at` behind it.
#[inline(always)]
pub(super) fn read(entropy: &Entropy, table: &Decoder, at: &mut usize) -> Result<i32> {
    let bits = entropy.peek(*at);
    let (size, length) = table.symbol(bits);
    let size = u32::from(size);
    if length == 0 || size > MOST {
        return Err(damaged());
    }
    *at += (length + size) as usize;
    // Two shifts, since size may be 0.
    Ok(extend(((bits << length) >> 1) >> (63 - size), size))
}

/// Writes a difference, whose category the table must have.
#[inline]
pub(super) fn write(writer: &mut Writer, table: &Encoder, difference: i32) {
    let size = category(difference);
    let (code, length) = table.code(size as u8);
    writer.put(
        code << size | magnitude_bits(difference, size),
        length + size,
    );
}

/// A set of categories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Categories(u32);

impl Categories {
    #[inline]
    pub(super) fn insert(&mut self, difference: i32) {
        self.0 |= 1 << category(difference);
    }

    /// Those that the table lacks.
    pub(super) fn missing(self, table: &Encoder) -> Vec<u8> {
        let all = (0..32u8).filter(|category| self.0 >> category & 1 == 1);
        all.filter(|&category| !table.has(category)).collect()
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The categories of the differences that a scan will hold, by the scan's components. `value`: the new DC value of a
/// component's block, given the component's index and the block's; `None` where the component stays as it is.
pub(super) fn categories(
    layout: &Layout<'_>,
    scan: &Scan<'_>,
    value: impl Fn(usize, usize) -> Option<i32>,
    cancel: &CancelToken,
) -> Result<Vec<Categories>> {
    let mut needed = vec![Categories::default(); scan.components.len()];
    for interval in 0..blocks::interval_count(layout, scan) {
        let mut predictions = [0i32; 4];
        blocks::visit(layout, scan, interval, cancel, |block| {
            if let Some(value) = value(scan.components[block.slot].index, block.index) {
                needed[block.slot].insert(value - predictions[block.slot]);
                predictions[block.slot] = value;
            }
            Ok(())
        })?;
    }
    Ok(needed)
}
