//! The order in which a scan codes its blocks (ITU-T T.81, A.2).

use super::layout::{Component, Layout, Scan};
use crate::cancel::CancelToken;
use crate::error::Result;

/// Units between two looks at the cancel token: a few milliseconds of work.
const UNITS_PER_CHECK: usize = 1 << 12;

/// One block of a scan.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// Which of the scan's components.
    pub(super) slot: usize,
    /// Where in the component, padding counted: row * stride + column.
    pub(super) index: usize,
}

/// Number of minimum coded units of a scan.
pub(super) fn unit_count(layout: &Layout<'_>, scan: &Scan<'_>) -> usize {
    match scan.components.as_slice() {
        [only] => {
            let component = &layout.components[only.index];
            component.columns * component.rows
        }
        _ => {
            let (h, v) = layout.most_sampling();
            layout.width.div_ceil(8 * h) * layout.height.div_ceil(8 * v)
        }
    }
}

/// Number of restart intervals of a scan.
pub(super) fn interval_count(layout: &Layout<'_>, scan: &Scan<'_>) -> usize {
    match scan.restart {
        0 => 1,
        units => unit_count(layout, scan).div_ceil(units),
    }
}

/// Calls `each` with every block of restart interval `interval`, in coding order.
///
/// # Errors
/// Those of `each`, and `Cancelled`.
pub(super) fn visit(
    layout: &Layout<'_>,
    scan: &Scan<'_>,
    interval: usize,
    cancel: &CancelToken,
    mut each: impl FnMut(Block) -> Result<()>,
) -> Result<()> {
    let total = unit_count(layout, scan);
    let length = if scan.restart == 0 {
        total
    } else {
        scan.restart
    };
    let first = interval * length;
    let units = first..(first + length).min(total);
    if let [only] = scan.components.as_slice() {
        let Component {
            columns, stride, ..
        } = layout.components[only.index];
        return units.into_iter().try_for_each(|unit| {
            if unit % UNITS_PER_CHECK == 0 {
                cancel.check()?;
            }
            let index = unit / columns * stride + unit % columns;
            each(Block { slot: 0, index })
        });
    }
    let across = layout.width.div_ceil(8 * layout.most_sampling().0);
    let shapes: Vec<(usize, usize, usize)> = scan
        .components
        .iter()
        .map(|c| &layout.components[c.index])
        .map(|c| (c.horizontal, c.vertical, c.stride))
        .collect();
    let (mut row, mut column) = (first / across, first % across);
    for unit in units {
        if unit % UNITS_PER_CHECK == 0 {
            cancel.check()?;
        }
        for (slot, &(horizontal, vertical, stride)) in shapes.iter().enumerate() {
            for y in row * vertical..(row + 1) * vertical {
                for index in
                    y * stride + column * horizontal..y * stride + (column + 1) * horizontal
                {
                    each(Block { slot, index })?;
                }
            }
        }
        column += 1;
        if column == across {
            (row, column) = (row + 1, 0);
        }
    }
    Ok(())
}
