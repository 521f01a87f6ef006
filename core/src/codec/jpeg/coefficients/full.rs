//! All coefficients of a photo (ITU-T T.81, F.2 and G.2), for decoding it to pixels.

use super::bits::{Entropy, damaged};
use super::blocks;
use super::dc;
use super::huffman::{Decoder, extend};
use super::layout::{Layout, Part, Scan};
use super::{progressive, sequential};
use crate::cancel::CancelToken;
use crate::error::Result;

/// Quantised coefficients of a block in zig-zag order; place 0 is the DC value.
pub(super) type Block = [i16; 64];

/// Reads every coefficient: by component and block, padding counted.
///
/// # Errors
/// [`ErrorKind::Decode`](crate::ErrorKind::Decode) where not all of the photo can be read; `LimitExceeded` where memory
/// ends; `Cancelled`.
pub(super) fn read(layout: &Layout<'_>, cancel: &CancelToken) -> Result<Vec<Vec<Block>>> {
    let mut values = layout.dc_values()?;
    let mut blocks = layout.blocks()?;
    for part in &layout.parts {
        let Part::Scan(scan) = part else { continue };
        if !layout.progressive {
            sequential_scan(layout, scan, &mut blocks, cancel)?;
        } else if progressive::is_dc(scan) {
            progressive::read(layout, scan, &mut values, cancel)?;
        } else {
            progressive_scan(layout, scan, &mut blocks, cancel)?;
        }
    }
    if layout.progressive {
        for (blocks, values) in blocks.iter_mut().zip(&values) {
            for (block, &value) in blocks.iter_mut().zip(values) {
                block[0] = value;
            }
        }
    }
    Ok(blocks)
}

fn sequential_scan(
    layout: &Layout<'_>,
    scan: &Scan<'_>,
    blocks: &mut [Vec<Block>],
    cancel: &CancelToken,
) -> Result<()> {
    let entropy = Entropy::read(scan.data);
    let tables = sequential::tables(layout, scan);
    for interval in 0..blocks::interval_count(layout, scan) {
        let range = entropy.intervals.get(interval).ok_or_else(damaged)?.clone();
        let mut at = range.start;
        let mut predictions = [0i32; 4];
        blocks::visit(layout, scan, interval, cancel, |place| {
            let (dc_table, ac_table) = tables.get(place.slot).ok_or_else(damaged)?;
            let block = &mut blocks[scan.components[place.slot].index][place.index];
            let prediction = &mut predictions[place.slot];
            *prediction += dc::read(&entropy, dc_table, &mut at)?;
            block[0] = i16::try_from(*prediction).map_err(|_| damaged())?;
            at = sequential::read_ac_into(&entropy, ac_table, at, block).ok_or_else(damaged)?;
            (at <= range.end).then_some(()).ok_or_else(damaged)
        })?;
    }
    Ok(())
}

/// An AC scan of a progressive photo: one component.
fn progressive_scan(
    layout: &Layout<'_>,
    scan: &Scan<'_>,
    blocks: &mut [Vec<Block>],
    cancel: &CancelToken,
) -> Result<()> {
    let [only] = scan.components.as_slice() else {
        return Err(damaged());
    };
    let table = only.ac.and_then(|index| layout.tables.get(index));
    let table = Decoder::new(table.ok_or_else(damaged)?);
    let entropy = Entropy::read(scan.data);
    for interval in 0..blocks::interval_count(layout, scan) {
        let range = entropy.intervals.get(interval).ok_or_else(damaged)?.clone();
        let mut reader = Progressive {
            entropy: &entropy,
            table: &table,
            at: range.start,
            run: 0,
            spectrum: (usize::from(scan.spectrum.0), usize::from(scan.spectrum.1)),
            low: scan.approximation.1,
        };
        blocks::visit(layout, scan, interval, cancel, |place| {
            let block = &mut blocks[only.index][place.index];
            let done = if scan.approximation.0 == 0 {
                reader.first(block)
            } else {
                reader.refined(block)
            };
            done.filter(|()| reader.at <= range.end).ok_or_else(damaged)
        })?;
    }
    Ok(())
}

/// Reads the AC coefficients of a progressive scan, block after block (G.1.2.2 and G.1.2.3).
struct Progressive<'a> {
    entropy: &'a Entropy,
    table: &'a Decoder,
    at: usize,
    /// Blocks left in the run of blocks that have ended.
    run: u32,
    spectrum: (usize, usize),
    low: u8,
}

impl Progressive<'_> {
    fn bits(&mut self, count: u32) -> u64 {
        let bits = (self.entropy.peek(self.at) >> 1) >> (63 - count);
        self.at += count as usize;
        bits
    }

    fn symbol(&mut self) -> Option<(usize, u32)> {
        let (symbol, length) = self.table.symbol(self.entropy.peek(self.at));
        self.at += length as usize;
        (length > 0).then_some((usize::from(symbol >> 4), u32::from(symbol & 15)))
    }

    /// Starts a run of ended blocks, of which this is the first.
    fn end_run(&mut self, category: usize) {
        let category = category as u32;
        self.run = (1 << category) - 1 + self.bits(category) as u32;
    }

    fn first(&mut self, block: &mut Block) -> Option<()> {
        if self.run > 0 {
            self.run -= 1;
            return Some(());
        }
        let mut place = self.spectrum.0;
        while place <= self.spectrum.1 {
            let (zeros, size) = self.symbol()?;
            if size == 0 {
                if zeros < 15 {
                    self.end_run(zeros);
                    return Some(());
                }
                place += 16;
                continue;
            }
            place += zeros;
            if place > self.spectrum.1 {
                return None;
            }
            let value = extend(self.bits(size), size) << self.low;
            block[place] = i16::try_from(value).ok()?;
            place += 1;
        }
        Some(())
    }

    fn refined(&mut self, block: &mut Block) -> Option<()> {
        let mut place = self.spectrum.0;
        if self.run == 0 {
            while place <= self.spectrum.1 {
                let (zeros, size) = self.symbol()?;
                let mut value = 0;
                match size {
                    0 if zeros < 15 => {
                        self.end_run(zeros);
                        self.run += 1;
                        break;
                    }
                    0 => {}
                    1 => value = if self.bits(1) == 1 { 1 } else { -1 },
                    _ => return None,
                }
                place = self.skip(block, place, zeros);
                if value != 0 {
                    if place > self.spectrum.1 {
                        return None;
                    }
                    block[place] = value << self.low;
                }
                place += 1;
            }
        }
        if self.run > 0 {
            self.skip(block, place, usize::MAX);
            self.run -= 1;
        }
        Some(())
    }

    /// Passes `zeros` coefficients that are still zero, and refines all others on the way; gives the place of the next
    /// zero, or the one behind the last.
    fn skip(&mut self, block: &mut Block, mut place: usize, mut zeros: usize) -> usize {
        while place <= self.spectrum.1 {
            if block[place] == 0 {
                if zeros == 0 {
                    break;
                }
                zeros -= 1;
            } else if self.bits(1) == 1 && block[place] >> self.low & 1 == 0 {
                let step = 1 << self.low;
                block[place] += if block[place] > 0 { step } else { -step };
            }
            place += 1;
        }
        place
    }
}
