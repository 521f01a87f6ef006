//! Which group gets which pattern.

/// Deals patterns to groups: the sum over pairs of groups of `affinity` x `likeness` of their patterns is made as large as swaps
/// make it. With what groups have in common as affinity, like groups get like patterns; with its opposite, unlike ones.
///
/// Both are square, row by row, of the same side; their diagonals count for nothing. Returns the pattern of each group. The
/// result depends on the operands alone: from each of several fixed orders the best swap is made until none helps.
pub fn arrange(affinity: &[f64], likeness: &[f64], groups: usize) -> Vec<usize> {
    let pairs = Pairs {
        affinity,
        likeness,
        groups,
    };
    let orders = (0..STARTS).map(|start| pairs.climb(pairs.spread(start)));
    let best = orders.max_by(|a, b| pairs.sum(a).total_cmp(&pairs.sum(b)));
    best.unwrap_or_default()
}

/// Orders that the search starts from.
const STARTS: usize = 64;

struct Pairs<'a> {
    affinity: &'a [f64],
    likeness: &'a [f64],
    groups: usize,
}

impl Pairs<'_> {
    /// An order that has little to do with the one before it: a fixed shuffle (a linear congruential generator's).
    fn spread(&self, start: usize) -> Vec<usize> {
        let mut state = 0x9e37_79b9_u64.wrapping_mul(start as u64 + 1);
        let mut order: Vec<usize> = (0..self.groups).collect();
        for i in (1..order.len()).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            order.swap(i, (state >> 33) as usize % (i + 1));
        }
        order
    }

    fn climb(&self, mut order: Vec<usize>) -> Vec<usize> {
        loop {
            let swaps = (0..self.groups).flat_map(|a| (0..a).map(move |b| (a, b)));
            let gains = swaps.map(|(a, b)| (self.gain(&order, a, b), a, b));
            match gains.max_by(|x, y| x.0.total_cmp(&y.0)) {
                Some((gain, a, b)) if gain > 1e-12 => order.swap(a, b),
                _ => return order,
            }
        }
    }

    /// What the sum gains if groups `a` and `b` swap their patterns.
    fn gain(&self, order: &[usize], a: usize, b: usize) -> f64 {
        let n = self.groups;
        let (p, q) = (order[a], order[b]);
        let others = (0..n).filter(|&i| i != a && i != b);
        let change = |i: usize| {
            let affinity = self.affinity[a * n + i] - self.affinity[b * n + i];
            let r = order[i];
            affinity * (self.likeness[q * n + r] - self.likeness[p * n + r])
        };
        others.map(change).sum()
    }

    fn sum(&self, order: &[usize]) -> f64 {
        let n = self.groups;
        let pairs = (0..n).flat_map(|a| (0..a).map(move |b| (a, b)));
        pairs
            .map(|(a, b)| self.affinity[a * n + b] * self.likeness[order[a] * n + order[b]])
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Patterns on a circle; each group is alike with its neighbours alone, in an order that is not the circle's.
    #[test]
    fn neighbours_get_like_patterns() {
        let n = 8;
        let circle = |i: usize, j: usize| {
            let angle = (i as f64 - j as f64) * std::f64::consts::TAU / n as f64;
            angle.cos()
        };
        let likeness: Vec<f64> = (0..n * n).map(|i| circle(i / n, i % n)).collect();
        let place = |i: usize| (3 * i) % n;
        let alike = |i: usize, j: usize| {
            let apart = place(i).abs_diff(place(j));
            if apart == 1 || apart == n - 1 {
                1.0
            } else {
                0.0
            }
        };
        let affinity: Vec<f64> = (0..n * n).map(|i| alike(i / n, i % n)).collect();
        let order = arrange(&affinity, &likeness, n);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..n).collect::<Vec<_>>());
        for i in 0..n {
            for j in (0..n).filter(|&j| alike(i, j) > 0.0) {
                assert!(circle(order[i], order[j]) > 0.7, "{order:?}");
            }
        }
    }

    #[test]
    fn the_same_operands_give_the_same_order() {
        let n = 6;
        let numbers: Vec<f64> = (0..n * n)
            .map(|i| ((i / n) * (i % n)) as f64 % 5.0)
            .collect();
        assert_eq!(
            arrange(&numbers, &numbers, n),
            arrange(&numbers, &numbers, n)
        );
    }
}
