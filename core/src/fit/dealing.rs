//! Which row of the bank each group gets.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// Wishes are matched as whole numbers.
const SCALE: f32 = 1e6;

/// Deals rows to groups, so that the sum of the groups' wishes for the rows they get is largest (Kuhn and Munkres).
///
/// `wishes`: for each group, how much it is a photo of each row (0 to 1). No row is dealt twice before each was dealt once.
pub(super) fn by_wish(wishes: &[Vec<f32>]) -> Vec<usize> {
    let rows = wishes.first().map_or(0, Vec::len);
    if rows == 0 {
        return vec![0; wishes.len()];
    }
    let rounds = wishes.len().div_ceil(rows);
    let weight = |group: usize, place: usize| {
        // A second group on one row gives up more than any wish is worth.
        let again = (place / rows) as f32 * 2.0 * wishes.len() as f32;
        ((wishes[group][place % rows].clamp(0.0, 1.0) - again) * SCALE) as i64
    };
    let weights = Matrix::from_fn(wishes.len(), rounds * rows, |(g, place)| weight(g, place));
    let (_, dealt) = kuhn_munkres(&weights);
    dealt.into_iter().map(|place| place % rows).collect()
}

/// Deals rows by number: the largest group gets the first.
pub(super) fn by_size(sizes: &[usize], rows: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&group| std::cmp::Reverse(sizes[group]));
    let mut dealt = vec![0; sizes.len()];
    for (place, group) in order.into_iter().enumerate() {
        dealt[group] = place % rows.max(1);
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_wishes_is_largest_and_no_row_is_dealt_twice() {
        // Both want row 0; the second has no other wish.
        let wishes = [vec![0.9, 0.8, 0.0], vec![0.6, 0.0, 0.0]];
        assert_eq!(by_wish(&wishes), [1, 0]);
    }

    #[test]
    fn more_groups_than_rows_use_every_row() {
        let wishes = vec![vec![0.9, 0.1]; 5];
        let dealt = by_wish(&wishes);
        let zeros = dealt.iter().filter(|&&row| row == 0).count();
        assert!((2..=3).contains(&zeros), "{dealt:?}");
    }

    #[test]
    fn without_anchors_the_largest_group_comes_first() {
        assert_eq!(by_size(&[3, 9, 5], 2), [0, 0, 1]);
    }
}
