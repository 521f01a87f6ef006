//! From a residual to changes of coefficients.
//!
//! The DCT is linear: the coefficients of photo + residual are those of the photo plus those of the residual. The
//! residual is a bilinear surface over few nodes, so the coefficients of its part in a block are a product of two
//! small tables, one along each axis. DC changes are rounded to the file's quantiser steps with error diffusion between
//! neighbouring blocks (Floyd and Steinberg, 1976), so that a tint finer than one step keeps its mean; AC changes are
//! rounded to the nearest step.

use super::layout::Component;

/// AC coefficients that may change: those at places 1 to 9 of the zig-zag sequence. A bilinear surface has next to
/// nothing beyond.
pub(super) const LOW_FREQUENCIES: usize = 9;

/// Horizontal and vertical frequency of places 0 to 9 of the zig-zag sequence (ITU-T T.81, figure A.6).
const FREQUENCIES: [(usize, usize); 1 + LOW_FREQUENCIES] = [
    (0, 0),
    (1, 0),
    (0, 1),
    (0, 2),
    (1, 1),
    (2, 0),
    (3, 0),
    (2, 1),
    (1, 2),
    (0, 3),
];

/// Frequencies along one axis that are needed.
const ORDERS: usize = 4;

/// Legal DC values times their step: 8-bit samples less 128, times 8.
const DC_RANGE: std::ops::RangeInclusive<i32> = -1024..=1016;

/// The changes of one component.
pub(super) struct Edit {
    /// The new DC values by block, padding counted.
    pub(super) dc: Vec<i16>,
    /// Changes of AC coefficients by block; empty where none changes.
    ac: Vec<[i16; LOW_FREQUENCIES]>,
}

impl Edit {
    /// The AC changes of a block, if it has any.
    #[inline]
    pub(super) fn ac_changes(&self, block: usize) -> Option<&[i16; LOW_FREQUENCIES]> {
        self.ac
            .get(block)
            .filter(|changes| changes.iter().any(|&change| change != 0))
    }

    /// Changes `values`, a component's DC values by block, by a residual.
    ///
    /// `plane`: the residual's `nodes.0` x `nodes.1` values in sample steps. `frame`: the photo's size in pixels over
    /// `most`, the largest sampling factors.
    pub(super) fn new(
        component: &Component,
        values: &[i16],
        (plane, nodes): (&[f32], (usize, usize)),
        (frame, most): ((usize, usize), (usize, usize)),
        with_ac: bool,
    ) -> Self {
        let across = Axis::new(
            component.stride,
            nodes.0,
            frame.0 as f64 * component.horizontal as f64 / most.0 as f64,
        );
        let down = Axis::new(
            component.padded_rows,
            nodes.1,
            frame.1 as f64 * component.vertical as f64 / most.1 as f64,
        );
        let steps = std::array::from_fn(|i| f32::from(component.steps[i]));
        let mut edit = Self {
            dc: values.to_vec(),
            ac: Vec::new(),
        };
        let mut errors = Diffusion::new(component.stride);
        for row in 0..component.padded_rows {
            let lines = down.lines(row, plane, nodes.0);
            errors.next_row();
            for column in 0..component.stride {
                let block = row * component.stride + column;
                let exact = across.coefficients(column, &lines, &steps);
                let change = errors.round(column, exact[0]);
                edit.dc[block] = moved(values[block], change, component.steps[0]);
                if with_ac {
                    edit.set_ac(block, &exact);
                }
            }
        }
        edit
    }

    fn set_ac(&mut self, block: usize, exact: &[f32; 1 + LOW_FREQUENCIES]) {
        let rounded: [i16; LOW_FREQUENCIES] = std::array::from_fn(|i| exact[i + 1].round() as i16);
        if rounded.iter().all(|&change| change == 0) {
            return;
        }
        if self.ac.is_empty() {
            self.ac = vec![[0; LOW_FREQUENCIES]; self.dc.len()];
        }
        self.ac[block] = rounded;
    }

    /// The changes of a block in sample steps times 8: places 0 to 9 of the zig-zag sequence.
    pub(super) fn changes(
        &self,
        component: &Component,
        values: &[i16],
        block: usize,
    ) -> [f64; 1 + LOW_FREQUENCIES] {
        let dc = i32::from(self.dc[block]) - i32::from(values[block]);
        let ac = self.ac_changes(block);
        std::array::from_fn(|i| {
            let change = if i == 0 {
                dc
            } else {
                ac.map_or(0, |ac| i32::from(ac[i - 1]))
            };
            f64::from(change) * f64::from(component.steps[i])
        })
    }
}

/// A DC value moved by `change` steps, but not beyond what samples of 8 bits can give.
fn moved(value: i16, change: i32, step: u16) -> i16 {
    let (value, step) = (i32::from(value), i32::from(step));
    let (low, high) = (DC_RANGE.start() / step, DC_RANGE.end() / step);
    // A value that was beyond the range before stays what it was.
    let clamped = (value + change).clamp(low.min(value), high.max(value));
    clamped as i16
}

/// The DCT along one axis of each node's share, by block.
struct Axis {
    /// `[block][order][node]`.
    weights: Vec<f32>,
    nodes: usize,
}

impl Axis {
    /// `length`: the photo's extent along this axis in the component's samples, which may be a fraction.
    fn new(blocks: usize, nodes: usize, length: f64) -> Self {
        let mut weights = vec![0.0; blocks * ORDERS * nodes];
        for (block, weights) in weights.chunks_exact_mut(ORDERS * nodes).enumerate() {
            for x in 0..8 {
                // Bilinear, half-pixel centres, clamped edges.
                let centre = ((8 * block + x) as f64 + 0.5) * nodes as f64 / length - 0.5;
                let centre = centre.clamp(0.0, (nodes - 1) as f64);
                let (left, part) = (centre as usize, centre.fract() as f32);
                for (order, weights) in weights.chunks_exact_mut(nodes).enumerate() {
                    let cosine = basis(order, x);
                    weights[left] += cosine * (1.0 - part);
                    weights[(left + 1).min(nodes - 1)] += cosine * part;
                }
            }
        }
        Self { weights, nodes }
    }

    fn block(&self, block: usize) -> impl Iterator<Item = &[f32]> {
        self.weights[block * ORDERS * self.nodes..][..ORDERS * self.nodes].chunks_exact(self.nodes)
    }

    /// One line of nodes for each vertical frequency, for the blocks of a row.
    fn lines(&self, row: usize, plane: &[f32], width: usize) -> Vec<Vec<f32>> {
        let line = |weights: &[f32]| {
            let mut line = vec![0.0; width];
            for (weight, values) in weights.iter().zip(plane.chunks_exact(width)) {
                for (sum, value) in line.iter_mut().zip(values) {
                    *sum += weight * value;
                }
            }
            line
        };
        self.block(row).map(line).collect()
    }

    /// Coefficients at places 0 to 9 of the zig-zag sequence, in quantiser steps.
    #[inline]
    fn coefficients(
        &self,
        column: usize,
        lines: &[Vec<f32>],
        steps: &[f32; 64],
    ) -> [f32; 1 + LOW_FREQUENCIES] {
        let weights = &self.weights[column * ORDERS * self.nodes..][..ORDERS * self.nodes];
        std::array::from_fn(|place| {
            let (horizontal, vertical) = FREQUENCIES[place];
            let weights = &weights[horizontal * self.nodes..][..self.nodes];
            let sum: f32 = weights
                .iter()
                .zip(&lines[vertical])
                .map(|(a, b)| a * b)
                .sum();
            sum / steps[place]
        })
    }
}

/// The orthonormal DCT-II of length 8 (A.3.3): its value of order `order` at sample `x`.
fn basis(order: usize, x: usize) -> f32 {
    let scale = if order == 0 { 0.125f64.sqrt() } else { 0.5 };
    let angle = (2 * x + 1) as f64 * order as f64 * std::f64::consts::PI / 16.0;
    (scale * angle.cos()) as f32
}

/// Floyd and Steinberg's error diffusion over blocks, row by row.
struct Diffusion {
    /// What the row being worked on inherits, and what it leaves to the next; one place of margin on both sides.
    this: Vec<f32>,
    next: Vec<f32>,
}

impl Diffusion {
    fn new(columns: usize) -> Self {
        Self {
            this: vec![0.0; columns + 2],
            next: vec![0.0; columns + 2],
        }
    }

    fn next_row(&mut self) {
        std::mem::swap(&mut self.this, &mut self.next);
        self.next.fill(0.0);
    }

    /// Rounds a value and hands its error on.
    #[inline]
    fn round(&mut self, column: usize, exact: f32) -> i32 {
        let place = column + 1;
        let wanted = exact + self.this[place];
        let rounded = wanted.round();
        let error = wanted - rounded;
        self.this[place + 1] += error * (7.0 / 16.0);
        self.next[place - 1] += error * (3.0 / 16.0);
        self.next[place] += error * (5.0 / 16.0);
        self.next[place + 1] += error * (1.0 / 16.0);
        rounded as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(step: u16, (columns, rows): (usize, usize)) -> Component {
        Component::for_tests([step; 64], (columns, rows))
    }

    #[test]
    fn a_flat_tint_moves_every_dc_by_eight_times_its_size() {
        let component = component(4, (3, 2));
        let edit = Edit::new(
            &component,
            &[10; 6],
            (&[5.0], (1, 1)),
            ((24, 16), (1, 1)),
            true,
        );
        assert_eq!(edit.dc, [20; 6]);
        assert!(edit.ac.is_empty());
    }

    #[test]
    fn a_tint_finer_than_a_step_keeps_its_mean() {
        let component = component(80, (32, 32));
        // A tenth of a step.
        let edit = Edit::new(
            &component,
            &[0; 1024],
            (&[1.0], (1, 1)),
            ((256, 256), (1, 1)),
            true,
        );
        let sum: i32 = edit.dc.iter().map(|&v| i32::from(v)).sum();
        assert!((88..=107).contains(&sum), "{sum}");
        assert!(edit.dc.iter().all(|v| (0..=1).contains(v)));
    }

    #[test]
    fn coefficients_are_those_of_the_bilinear_surface() {
        let (width, height) = (45usize, 30usize);
        let plane = [9.0, -4.0, 2.0, -7.0, 6.0, 3.0];
        let component = component(1, (6, 4));
        let edit = Edit::new(
            &component,
            &[0; 24],
            (&plane, (3, 2)),
            ((width, height), (1, 1)),
            true,
        );
        let surface = |x: usize, y: usize| {
            let at = |i: usize, from: usize, to: usize| {
                let centre = ((i as f64 + 0.5) * from as f64 / to as f64 - 0.5)
                    .clamp(0.0, (from - 1) as f64);
                (centre as usize, centre.fract())
            };
            let ((left, h), (top, v)) = (at(x, 3, width), at(y, 2, height));
            let node = |i: usize, j: usize| f64::from(plane[j.min(1) * 3 + i.min(2)]);
            let line = |j: usize| node(left, j) * (1.0 - h) + node(left + 1, j) * h;
            line(top) * (1.0 - v) + line(top + 1) * v
        };
        for (row, column) in [(0, 0), (1, 2), (2, 3), (3, 5)] {
            let found = edit.changes(&component, &[0; 24], row * 6 + column);
            for (place, (u, v)) in FREQUENCIES.into_iter().enumerate() {
                let mut exact = 0.0;
                for (y, x) in (0..8).flat_map(|y| (0..8).map(move |x| (y, x))) {
                    let weight = f64::from(basis(u, x)) * f64::from(basis(v, y));
                    exact += weight * surface(8 * column + x, 8 * row + y);
                }
                // AC is rounded; DC carries errors of its neighbours.
                let tolerance = if place == 0 { 1.5 } else { 0.51 };
                assert!(
                    (found[place] - exact).abs() < tolerance,
                    "{row} {column} {place}: {found:?} {exact}"
                );
            }
        }
    }

    #[test]
    fn values_stay_in_range() {
        assert_eq!(moved(126, 40, 8), 127);
        assert_eq!(moved(-120, -40, 8), -128);
        assert_eq!(moved(500, 40, 8), 500, "beyond the range before");
        assert_eq!(moved(500, -40, 8), 460);
    }
}
