//! Progressive files: only their DC scans are written again. All AC scans stay byte for byte (ITU-T T.81, annex G).

use super::bits::{Entropy, Writer, damaged};
use super::blocks;
use super::dc;
use super::edits::Edit;
use super::huffman::{Decoder, Encoder};
use super::layout::{Layout, Scan};
use crate::cancel::CancelToken;
use crate::error::Result;

/// Whether a scan carries DC values.
pub(super) fn is_dc(scan: &Scan<'_>) -> bool {
    scan.spectrum == (0, 0)
}

/// Reads a DC scan into `values`, one vector a component, by block.
pub(super) fn read(
    layout: &Layout<'_>,
    scan: &Scan<'_>,
    values: &mut [Vec<i16>],
    cancel: &CancelToken,
) -> Result<()> {
    let mut entropy = Entropy::read(scan.data);
    let intervals = blocks::interval_count(layout, scan);
    if entropy.intervals.len() < intervals {
        return Err(damaged());
    }
    entropy.intervals.truncate(intervals);
    let (high, low) = scan.approximation;
    let tables: Vec<Option<Decoder>> = scan
        .components
        .iter()
        .map(|c| Some(Decoder::new(layout.tables.get(c.dc?)?)))
        .collect();
    for (interval, range) in entropy.intervals.iter().enumerate() {
        let mut at = range.start;
        let mut predictions = [0i32; 4];
        blocks::visit(layout, scan, interval, cancel, |block| {
            let value = &mut values[scan.components[block.slot].index][block.index];
            if high == 0 {
                let table = tables[block.slot].as_ref().ok_or_else(damaged)?;
                let prediction = &mut predictions[block.slot];
                *prediction += dc::read(&entropy, table, &mut at)?;
                *value = i16::try_from(*prediction << low).map_err(|_| damaged())?;
            } else {
                *value |= ((entropy.peek(at) >> 63) as i16) << low;
                at += 1;
            }
            if at > range.end {
                Err(damaged())
            } else {
                Ok(())
            }
        })?;
    }
    Ok(())
}

/// The value of a block after the edits.
pub(super) fn new_value(
    values: &[Vec<i16>],
    edits: &[Option<Edit>],
    component: usize,
    block: usize,
) -> i32 {
    let value = edits[component]
        .as_ref()
        .map_or_else(|| values[component][block], |edit| edit.dc[block]);
    i32::from(value)
}

/// Writes a DC scan's data again at the end of `out`. `encoders`: by the scan's components; not used by refinements.
pub(super) fn write(
    (layout, scan): (&Layout<'_>, &Scan<'_>),
    (values, edits): (&[Vec<i16>], &[Option<Edit>]),
    encoders: &[Option<Encoder>],
    out: Vec<u8>,
    cancel: &CancelToken,
) -> Result<Vec<u8>> {
    let (high, low) = scan.approximation;
    let intervals = blocks::interval_count(layout, scan);
    let mut writer = Writer::new(out);
    for interval in 0..intervals {
        let mut predictions = [0i32; 4];
        blocks::visit(layout, scan, interval, cancel, |block| {
            let component = scan.components[block.slot].index;
            let value = new_value(values, edits, component, block.index) >> low;
            if high == 0 {
                let encoder = encoders[block.slot].as_ref().ok_or_else(damaged)?;
                dc::write(&mut writer, encoder, value - predictions[block.slot]);
                predictions[block.slot] = value;
            } else {
                writer.put((value & 1) as u64, 1);
            }
            Ok(())
        })?;
        writer.align();
        if interval + 1 < intervals {
            writer.restart(interval);
        }
    }
    Ok(writer.into_bytes())
}
