//! k-means (Lloyd) with k-means++ (Arthur and Vassilvitskii, 2007), several starts, the same result every time.

use rayon::prelude::*;

use super::random::Random;
use super::rows::{Rows, dot};

/// Starts; the tightest result is kept.
const STARTS: u64 = 10;
const ITERATIONS: usize = 100;

/// Which of `count` groups each of the points, of length 1, belongs to. `count` is at least 1 and at most their number.
pub(super) fn groups(points: &Rows, count: usize) -> Vec<usize> {
    let tries: Vec<(f64, Vec<usize>)> = (0..STARTS)
        .into_par_iter()
        .map(|start| once(points, count, start))
        .collect();
    let best = tries.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, groups)| groups).unwrap_or_default()
}

/// The sum of the squared distances to the groups' means, and the groups.
fn once(points: &Rows, count: usize, seed: u64) -> (f64, Vec<usize>) {
    let mut centres = spread(points, count, &mut Random::new(seed));
    let mut groups = vec![usize::MAX; points.len()];
    for _ in 0..ITERATIONS {
        let (found, distances) = nearest(points, &centres);
        let settled = found == groups;
        groups = found;
        fill_empty(&mut groups, &distances, count);
        centres = Rows::of(points.width(), means(points, &groups, count));
        if settled {
            break;
        }
    }
    let (_, distances) = nearest(points, &centres);
    (distances.iter().sum(), groups)
}

/// Points far from each other: each is drawn by its squared distance to those before it.
fn spread(points: &Rows, count: usize, random: &mut Random) -> Rows {
    let mut centres = Rows::new(points.width());
    centres.push(points.row(random.below(points.len())));
    while centres.len() < count {
        let (_, distances) = nearest(points, &centres);
        let mut left = random.share() * distances.iter().sum::<f64>();
        let drawn = distances.iter().position(|distance| {
            left -= distance;
            left < 0.0
        });
        // Where all points are among the centres already, any will do.
        let drawn = drawn.unwrap_or_else(|| random.below(points.len()));
        centres.push(points.row(drawn));
    }
    centres
}

/// The nearest centre of each point, and how far it is, squared.
fn nearest(points: &Rows, centres: &Rows) -> (Vec<usize>, Vec<f64>) {
    let lengths: Vec<f32> = centres.iter().map(|centre| dot(centre, centre)).collect();
    let of = |point: &[f32]| {
        let own = dot(point, point);
        let distances = centres
            .iter()
            .zip(&lengths)
            .map(|(centre, length)| f64::from((own + length - 2.0 * dot(point, centre)).max(0.0)));
        let mut best = (0, f64::INFINITY);
        for (centre, distance) in distances.enumerate() {
            if distance < best.1 {
                best = (centre, distance);
            }
        }
        best
    };
    points.iter().map(of).unzip()
}

/// Gives each group without a point the point that lies farthest from its own centre.
fn fill_empty(groups: &mut [usize], distances: &[f64], count: usize) {
    let mut sizes = vec![0; count];
    groups.iter().for_each(|&group| sizes[group] += 1);
    let mut far: Vec<usize> = (0..groups.len()).collect();
    far.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
    let mut far = far.into_iter();
    for empty in 0..count {
        while sizes[empty] == 0 {
            let Some(point) = far.next() else { return };
            if sizes[groups[point]] > 1 {
                sizes[groups[point]] -= 1;
                sizes[empty] += 1;
                groups[point] = empty;
            }
        }
    }
}

/// The mean of each group.
pub(super) fn means(points: &Rows, groups: &[usize], count: usize) -> Vec<Vec<f32>> {
    let of = |wanted: usize| {
        let members = groups.iter().enumerate();
        let members = members.filter(move |&(_, &group)| group == wanted);
        points.mean(members.map(|(point, _)| point))
    };
    (0..count).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rows::unit;
    use super::*;

    /// `each` points around each of three directions.
    fn three(each: usize) -> Rows {
        let mut random = Random::new(3);
        let point = |i: usize| {
            let mut point: Vec<f32> = (0..6).map(|_| random.share() as f32 * 0.1).collect();
            point[i % 3 * 2] += 1.0;
            unit(point)
        };
        Rows::of(6, (0..3 * each).map(point).collect::<Vec<_>>())
    }

    #[test]
    fn finds_groups_that_lie_apart() {
        let groups = groups(&three(20), 3);
        assert!((0..60).all(|i| groups[i] == groups[i % 3]), "{groups:?}");
        let mut firsts = groups[..3].to_vec();
        firsts.sort_unstable();
        assert_eq!(firsts, [0, 1, 2]);
    }

    #[test]
    fn no_group_is_empty_even_where_points_are_equal() {
        let mut points = Rows::new(2);
        (0..7).for_each(|_| points.push(&[1.0, 0.0]));
        let mut groups = groups(&points, 5);
        groups.sort_unstable();
        groups.dedup();
        assert_eq!(groups, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn gives_the_same_on_any_number_of_threads() {
        let points = three(50);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.map(|pool| pool.install(|| groups(&points, 7))).ok()
        };
        assert!(on(1).is_some_and(|one| Some(one) == on(3)));
    }
}
