//! A bank of few smooth shapes, each in several hues around the circle.

use confounder::research::{Direction, Grating};

use super::opposites::shape;

/// Shapes of a [`super::BankKind::Hues`] bank and their hues.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hues {
    /// The first hue in degrees, see [`Grating::hue`]; the others follow at equal steps, so an even number holds opposites.
    pub hue: f64,
    /// How many hues each shape comes in.
    pub hues: usize,
    /// Half cycles from top to bottom and from left to right of each shape. Even ones to the right survive a flip.
    pub shapes: Vec<[usize; 2]>,
}

impl Hues {
    /// How many patterns there are.
    #[must_use]
    pub fn codes(&self) -> usize {
        self.hues * self.shapes.len()
    }

    /// K x 2 x g x g values (red and blue), all hues of the first shape first; codes beyond the last pattern repeat them.
    pub fn bank(&self, codes: usize, grid: usize) -> Vec<f32> {
        let pattern = |code: usize| {
            let code = code % self.codes().max(1);
            let [down, right] = self.shapes[code / self.hues];
            let turn = 360.0 * (code % self.hues) as f64 / self.hues as f64;
            let colour = Grating {
                hue: self.hue - turn,
                direction: Direction::Rows,
                cycles: 0.0,
            };
            // A wave of no cycles is its hue: red, green, blue.
            let colour = colour.planes(1);
            let shape = shape((down, right), grid);
            [colour[0], colour[2]]
                .into_iter()
                .flat_map(move |part| shape.clone().into_iter().map(move |x| part * x))
        };
        (0..codes).flat_map(pattern).collect()
    }

    /// What is wrong with it on a grid of this side; `None` where nothing is.
    pub(super) fn refusal(&self, grid: usize) -> Option<String> {
        if self.hues == 0 || self.shapes.is_empty() || !self.hue.is_finite() {
            let (hue, hues, shapes) = (self.hue, self.hues, self.shapes.len());
            return Some(format!(
                "hue = {hue}, hues = {hues}, {shapes} shapes; give a finite hue, and at least one hue and one shape"
            ));
        }
        let most = self.shapes.iter().flatten().max().copied().unwrap_or(0);
        (grid < 2 * most).then(|| {
            format!(
                "{most} half cycles need a grid of at least {}, not {grid}",
                2 * most
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 8;

    fn six() -> Hues {
        Hues {
            hue: 150.0,
            hues: 6,
            shapes: vec![[0, 2], [1, 0]],
        }
    }

    #[test]
    fn the_fourth_of_six_hues_is_the_opposite_of_the_first() {
        let bank = six().bank(12, SIDE);
        let all: Vec<_> = bank.chunks(2 * SIDE * SIDE).collect();
        for (a, b) in [(0, 3), (1, 4), (8, 11)] {
            assert!(all[a].iter().zip(all[b]).all(|(x, y)| (x + y).abs() < 1e-5));
        }
    }

    #[test]
    fn shapes_have_nothing_in_common() {
        let bank = six().bank(12, SIDE);
        let (first, second) = bank.split_at(bank.len() / 2);
        let product: f32 = first.iter().zip(second).map(|(a, b)| a * b).sum();
        assert!(product.abs() < 1e-4);
    }

    #[test]
    fn a_grid_too_coarse_is_refused() {
        let fine = Hues {
            shapes: vec![[0, 6]],
            ..six()
        };
        assert!(fine.refusal(8).unwrap_or_default().contains("at least 12"));
        assert_eq!(six().refusal(8), None);
    }
}
