//! Sequential scans: where each block's bits lie, and writing the scan again with some blocks changed. The bits of all
//! other blocks, luma first of all, are copied as they are.

use super::bits::{Entropy, Writer, damaged};
use super::blocks;
use super::dc;
use super::edits::{Edit, LOW_FREQUENCIES};
use super::huffman::{Decoder, Encoder, category, extend, magnitude_bits};
use super::layout::{Layout, Scan};
use super::skips::Skips;
use crate::cancel::CancelToken;
use crate::error::Result;

/// A scan that was read: its bits and where its blocks end.
pub(super) struct Marked {
    entropy: Entropy,
    /// In coding order.
    marks: Vec<Mark>,
}

impl Marked {
    /// How many bytes the blocks take, without stuffing and restart markers.
    pub(super) fn bytes(&self) -> usize {
        self.marks
            .last()
            .map_or(0, |mark| mark.end as usize)
            .div_ceil(8)
    }
}

/// Where the parts of a block end, in bits; it begins where the one before ends.
#[derive(Clone, Copy)]
struct Mark {
    dc_end: u32,
    end: u32,
}

/// Reads a scan; the DC values go to `values`, one vector a component, by block.
pub(super) fn read(
    layout: &Layout<'_>,
    scan: &Scan<'_>,
    values: &mut [Vec<i16>],
    cancel: &CancelToken,
) -> Result<Marked> {
    let mut entropy = Entropy::read(scan.data);
    let intervals = blocks::interval_count(layout, scan);
    if entropy.intervals.len() < intervals || u32::try_from(8 * scan.data.len()).is_err() {
        return Err(damaged());
    }
    // Cameras and Lightroom put a restart marker behind the last interval, too.
    entropy.intervals.truncate(intervals);
    let tables = tables(layout, scan);
    let skips: Vec<Skips> = tables.iter().map(|(_, ac)| Skips::new(ac)).collect();
    let mut marks = Vec::new();
    for (interval, range) in entropy.intervals.iter().enumerate() {
        let mut at = range.start;
        let mut predictions = [0i32; 4];
        blocks::visit(layout, scan, interval, cancel, |block| {
            let (dc_table, ac_table) = tables.get(block.slot).ok_or_else(damaged)?;
            let ac_table = (ac_table, &skips[block.slot]);
            let prediction = &mut predictions[block.slot];
            *prediction += dc::read(&entropy, dc_table, &mut at)?;
            let value = i16::try_from(*prediction).map_err(|_| damaged())?;
            values[scan.components[block.slot].index][block.index] = value;
            let dc_end = at as u32;
            at = skip_ac(&entropy, ac_table, at)
                .filter(|&end| end <= range.end)
                .ok_or_else(damaged)?;
            marks.push(Mark {
                dc_end,
                end: at as u32,
            });
            Ok(())
        })?;
    }
    Ok(Marked { entropy, marks })
}

/// Decoding tables, by the scan's components.
pub(super) fn tables(layout: &Layout<'_>, scan: &Scan<'_>) -> Vec<(Decoder, Decoder)> {
    let table = |index: Option<usize>| Some(Decoder::new(layout.tables.get(index?)?));
    let pairs = scan
        .components
        .iter()
        .map(|c| Some((table(c.dc)?, table(c.ac)?)));
    pairs.collect::<Option<_>>().unwrap_or_default()
}

/// The position after the AC coefficients that begin at bit `at`; `None` where they make no sense.
#[inline(always)]
fn skip_ac(entropy: &Entropy, (table, skips): (&Decoder, &Skips), mut at: usize) -> Option<usize> {
    let mut position = 1;
    loop {
        let bits = entropy.peek(at);
        let leap = skips.leap(bits);
        if position + leap.coefficients() < 64 {
            at += leap.bits();
            position += leap.coefficients();
            if leap.ends_block() {
                return Some(at);
            }
            if leap.bits() > 0 {
                continue;
            }
        }
        let (symbol, length) = table.symbol(bits);
        let (run, size) = (symbol >> 4, symbol & 15);
        if length == 0 {
            return None;
        }
        at += (length + u32::from(size)) as usize;
        if size == 0 {
            if run < 15 {
                return Some(at);
            }
            position += 16;
        } else {
            position += u32::from(run) + 1;
            if position == 64 {
                return Some(at);
            }
        }
        if position > 64 {
            return None;
        }
    }
}

/// Writes the scan's data again at the end of `out`, with the edited components' values in place of `values`. AC
/// coefficients of a block stay as they are where the table lacks a code that the changed ones need.
/// `encoders`: DC and AC, by the scan's components.
pub(super) fn write(
    (layout, scan, marked): (&Layout<'_>, &Scan<'_>, &Marked),
    (values, edits): (&[Vec<i16>], &[Option<Edit>]),
    encoders: &[(Encoder, Encoder)],
    out: Vec<u8>,
    cancel: &CancelToken,
) -> Result<Vec<u8>> {
    let entropy = &marked.entropy;
    let decoders = tables(layout, scan);
    let mut writer = Writer::new(out);
    let mut next = 0;
    for (interval, range) in entropy.intervals.iter().enumerate() {
        let mut before = [0i32; 4];
        let mut after = [0i32; 4];
        // Bits from `copied` to `start`, the start of the next block, are still to be copied.
        let (mut copied, mut start) = (range.start, range.start);
        blocks::visit(layout, scan, interval, cancel, |block| {
            let mark = marked.marks[next];
            next += 1;
            let index = scan.components[block.slot].index;
            if let Some(edit) = &edits[index] {
                let (old, new) = (
                    i32::from(values[index][block.index]),
                    i32::from(edit.dc[block.index]),
                );
                let difference = new - after[block.slot];
                let same = difference == old - before[block.slot];
                (before[block.slot], after[block.slot]) = (old, new);
                let (dc_encoder, ac_encoder) = &encoders[block.slot];
                if !same {
                    writer.copy(entropy, copied..start);
                    dc::write(&mut writer, dc_encoder, difference);
                    copied = mark.dc_end as usize;
                }
                if let Some(changes) = edit.ac_changes(block.index)
                    && let Some(coefficients) =
                        read_ac(entropy, &decoders[block.slot].1, mark.dc_end as usize)
                    && let Some(codes) = ac_codes(changed(coefficients, changes), ac_encoder)
                {
                    writer.copy(entropy, copied..mark.dc_end as usize);
                    codes
                        .into_iter()
                        .for_each(|(bits, length)| writer.put(bits, length));
                    copied = mark.end as usize;
                }
            }
            start = mark.end as usize;
            Ok(())
        })?;
        writer.copy(entropy, copied..start);
        writer.align();
        if interval + 1 < entropy.intervals.len() {
            writer.restart(interval);
        }
    }
    Ok(writer.into_bytes())
}

/// The AC coefficients of a block in zig-zag order (place 0 is not used).
fn read_ac(entropy: &Entropy, table: &Decoder, at: usize) -> Option<[i32; 64]> {
    let mut coefficients = [0i16; 64];
    read_ac_into(entropy, table, at, &mut coefficients)?;
    Some(coefficients.map(i32::from))
}

/// Reads the AC coefficients that begin at bit `at` into a block, and gives the position after them.
#[inline]
pub(super) fn read_ac_into(
    entropy: &Entropy,
    table: &Decoder,
    mut at: usize,
    coefficients: &mut [i16; 64],
) -> Option<usize> {
    let mut position = 1;
    while position < 64 {
        let bits = entropy.peek(at);
        let (symbol, length) = table.symbol(bits);
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if length == 0 {
            return None;
        }
        at += (length + size) as usize;
        if size == 0 && run < 15 {
            break;
        }
        position += run;
        let value = extend(((bits << length) >> 1) >> (63 - size), size);
        *coefficients.get_mut(position)? = i16::try_from(value).ok()?;
        position += 1;
    }
    Some(at)
}

/// Largest magnitude of an AC coefficient for 8-bit samples (table F.2).
const MOST_AC: i32 = 1023;

fn changed(mut coefficients: [i32; 64], changes: &[i16; LOW_FREQUENCIES]) -> [i32; 64] {
    for (value, &change) in coefficients[1..].iter_mut().zip(changes) {
        let sum = *value + i32::from(change);
        // A value that was beyond the range before stays what it was.
        if sum.abs() <= MOST_AC {
            *value = sum;
        }
    }
    coefficients
}

/// The codes of a block's AC coefficients (F.1.2.2); `None` where the table lacks one.
fn ac_codes(coefficients: [i32; 64], table: &Encoder) -> Option<Vec<(u64, u32)>> {
    let mut codes = Vec::with_capacity(64);
    let mut run = 0u8;
    let mut push = |symbol: u8, value: i32, size: u32| {
        let (code, length) = table.code(symbol);
        codes.push((code << size | magnitude_bits(value, size), length + size));
        length > 0
    };
    for &value in &coefficients[1..] {
        if value == 0 {
            run += 1;
            continue;
        }
        while run > 15 {
            if !push(0xF0, 0, 0) {
                return None;
            }
            run -= 16;
        }
        let size = category(value);
        if !push(run << 4 | size as u8, value, size) {
            return None;
        }
        run = 0;
    }
    if run > 0 && !push(0, 0, 0) {
        return None;
    }
    Some(codes)
}
