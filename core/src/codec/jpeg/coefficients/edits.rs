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

/// Adding and subtracting 1.5 * 2^23 rounds a float of modest size to the nearest integer.
const ROUND: f32 = 12_582_912.0;

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
        let steps = component.steps.map(f32::from);
        let most = plane
            .iter()
            .fold(0.0f32, |most, value| most.max(value.abs()));
        // Most photos are so large that within a block the residual is flat: their AC coefficients cannot change.
        let changes_ac = |place: usize| {
            let (horizontal, vertical) = FREQUENCIES[place];
            most * across.largest(horizontal) * down.largest(vertical) >= 0.5 * steps[place]
        };
        let with_ac = with_ac && (1..=LOW_FREQUENCIES).any(changes_ac);
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
                let exact = across.coefficient(column, &lines, 0) / steps[0];
                let change = errors.round(column, exact);
                edit.dc[block] = moved(values[block], change, component.steps[0]);
                if with_ac {
                    let exact = |place| across.coefficient(column, &lines, place) / steps[place];
                    edit.set_ac(block, std::array::from_fn(|i| exact(i + 1).round() as i16));
                }
            }
        }
        edit
    }

    fn set_ac(&mut self, block: usize, rounded: [i16; LOW_FREQUENCIES]) {
        if rounded.iter().all(|&change| change == 0) {
            return;
        }
        if self.ac.is_empty() {
            self.ac = vec![[0; LOW_FREQUENCIES]; self.dc.len()];
        }
        self.ac[block] = rounded;
    }

    /// The sum of products of two components' changes in a block, in units of sample steps. Each is given with its
    /// quantiser steps and the values before.
    pub(super) fn product(
        (a, b): (&Self, &Self),
        (steps_a, steps_b): (&[u16; 64], &[u16; 64]),
        (values_a, values_b): (&[i16], &[i16]),
        block: usize,
    ) -> f64 {
        let dc = |edit: &Self, values: &[i16]| i64::from(edit.dc[block]) - i64::from(values[block]);
        let weight = |place: usize| i64::from(steps_a[place]) * i64::from(steps_b[place]);
        let mut sum = dc(a, values_a) * dc(b, values_b) * weight(0);
        if let (Some(a), Some(b)) = (a.ac_changes(block), b.ac_changes(block)) {
            let products = a.iter().zip(b).zip(1..);
            sum += products
                .map(|((&a, &b), place)| i64::from(a) * i64::from(b) * weight(place))
                .sum::<i64>();
        }
        sum as f64
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

    /// The coefficient at a place of the zig-zag sequence, in sample steps.
    #[inline]
    fn coefficient(&self, column: usize, lines: &[Vec<f32>], place: usize) -> f32 {
        let (horizontal, vertical) = FREQUENCIES[place];
        let weights = &self.weights[(column * ORDERS + horizontal) * self.nodes..][..self.nodes];
        let products = weights.iter().zip(&lines[vertical]);
        products.map(|(weight, value)| weight * value).sum()
    }

    /// The largest that a coefficient of an order can be for nodes of at most 1.
    fn largest(&self, order: usize) -> f32 {
        let sums = self
            .weights
            .chunks_exact(self.nodes)
            .skip(order)
            .step_by(ORDERS);
        sums.map(|weights| weights.iter().map(|weight| weight.abs()).sum())
            .fold(0.0, f32::max)
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
        let rounded = (wanted + ROUND) - ROUND;
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
            let block = row * 6 + column;
            let ac = edit.ac_changes(block).copied().unwrap_or_default();
            for (place, (u, v)) in FREQUENCIES.into_iter().enumerate() {
                let found = if place == 0 {
                    edit.dc[block]
                } else {
                    ac[place - 1]
                };
                let mut exact = 0.0;
                for (y, x) in (0..8).flat_map(|y| (0..8).map(move |x| (y, x))) {
                    let weight = f64::from(basis(u, x)) * f64::from(basis(v, y));
                    exact += weight * surface(8 * column + x, 8 * row + y);
                }
                // AC is rounded; DC carries errors of its neighbours.
                let tolerance = if place == 0 { 1.5 } else { 0.51 };
                assert!(
                    (f64::from(found) - exact).abs() < tolerance,
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
