//! A bank of gratings: few hues, directions and frequencies.

use confounder::research::{Direction, Grating};
use serde::{Deserialize, Serialize};

/// Chroma directions, in degrees within the plane of zero luma.
const HUES: [f64; 4] = [0.0, 45.0, 90.0, 135.0];
/// Cycles across the frame. With fewer a crop changes what is seen; with more a model at 32 or 64 px sees too little.
const CYCLES: [f64; 2] = [3.0, 6.0];

/// Most different gratings; further codes repeat them.
pub const GRATINGS: usize = HUES.len() * Direction::ALL.len() * CYCLES.len();

/// Grid that holds them all: five values a cycle.
pub const GRATINGS_GRID: usize = 32;

/// Hue, direction and cycles of the ten waves of the bundled generator: eight of the hue that photos have least of (green
/// against magenta), and two of the one that they have most of.
const BUNDLED: [(f64, Direction, f64); 10] = [
    (150.0, Direction::Rows, 3.0),
    (150.0, Direction::Columns, 6.0),
    (150.0, Direction::Squares, 3.0),
    (150.0, Direction::Diamonds, 6.0),
    (150.0, Direction::Rows, 6.0),
    (150.0, Direction::Columns, 3.0),
    (150.0, Direction::Squares, 6.0),
    (150.0, Direction::Diamonds, 3.0),
    (60.0, Direction::Squares, 3.0),
    (60.0, Direction::Diamonds, 3.0),
];

/// A grating as a recipe names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// See [`Grating::hue`].
    pub hue: f64,
    /// `rows`, `columns`, `squares` or `diamonds`.
    #[serde(with = "DirectionName")]
    pub direction: Direction,
    /// See [`Grating::cycles`].
    pub cycles: f64,
}

/// Serde's names of [`Direction`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Direction", rename_all = "kebab-case")]
enum DirectionName {
    Rows,
    Columns,
    Squares,
    Diamonds,
}

impl Wave {
    /// Why a grid of this side cannot hold it; `None` where it can.
    #[must_use]
    pub fn refusal(&self, grid: usize) -> Option<String> {
        let (cycles, most) = (self.cycles, grid as f64 / 4.0);
        let fits = cycles > 0.0 && cycles <= most && self.hue.is_finite();
        (!fits).then(|| {
            format!("cycles = {cycles}, hue = {}; a grid of {grid} holds 0 to {most} cycles of any finite hue", self.hue)
        })
    }

    fn grating(&self) -> Grating {
        Grating {
            hue: self.hue,
            direction: self.direction,
            cycles: self.cycles,
        }
    }
}

/// K x 2 x g x g values within ±1 (red and blue as fractions of the largest amplitude): one [`Grating`] per code. The
/// first 16 have each pair of hue and direction once; any two differ in at least two of hue, direction and cycles, but
/// for those that share hue and cycles.
pub fn gratings(codes: usize, grid: usize) -> Vec<f32> {
    (0..codes)
        .flat_map(|code| red_and_blue(&grating(code), grid))
        .collect()
}

/// The same of the bundled generator's ten waves; more codes repeat them.
pub fn bundled_waves(codes: usize, grid: usize) -> Vec<f32> {
    waves(&bundled(), codes, grid)
}

fn bundled() -> Vec<Wave> {
    let wave = |&(hue, direction, cycles)| Wave {
        hue,
        direction,
        cycles,
    };
    BUNDLED.iter().map(wave).collect()
}

/// The same of given waves; more codes than those repeat them.
pub fn waves(waves: &[Wave], codes: usize, grid: usize) -> Vec<f32> {
    let all = waves.iter().cycle().take(codes);
    all.flat_map(|wave| red_and_blue(&wave.grating(), grid))
        .collect()
}

fn red_and_blue(grating: &Grating, grid: usize) -> Vec<f32> {
    let mut planes = grating.planes(grid);
    planes.drain(grid * grid..2 * grid * grid);
    planes
}

fn grating(code: usize) -> Grating {
    let (hues, directions) = (HUES.len(), Direction::ALL.len());
    let hue = code % hues;
    let direction = (code / hues + code) % directions;
    let round = code / (hues * directions);
    Grating {
        hue: HUES[hue],
        direction: Direction::ALL[direction],
        cycles: CYCLES[(hue + direction + round) % CYCLES.len()],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::bank::upsampled;

    const SIZE: [usize; 2] = [64, 64];

    fn whole(code: usize) -> Vec<f32> {
        let length = 2 * GRATINGS_GRID * GRATINGS_GRID;
        let bank = gratings(code + 1, GRATINGS_GRID);
        upsampled(&bank[code * length..], GRATINGS_GRID, SIZE, 1.0)
    }

    fn likeness(a: &[f32], b: &[f32]) -> f32 {
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        product(a, b) / (product(a, a) * product(b, b)).sqrt()
    }

    #[test]
    fn every_grating_differs_from_all_others() {
        let all: Vec<Vec<f32>> = (0..GRATINGS).map(whole).collect();
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate().skip(i + 1) {
                assert!(
                    likeness(a, b).abs() < 0.9,
                    "{i} and {j}: {}",
                    likeness(a, b)
                );
            }
        }
        assert_eq!(whole(GRATINGS), whole(0));
    }

    #[test]
    fn the_bundled_waves_are_those_of_the_bundled_recipe() {
        let recipe = crate::recipe::Recipe::load("photos", &[]).unwrap();
        let crate::recipe::GeneratorRecipe::Code(code) = recipe.generator else {
            panic!("the bundled recipe is `code`");
        };
        assert_eq!(code.bank, crate::bank::BankKind::Waves(bundled()));
    }

    #[test]
    fn given_waves_are_drawn_and_repeated() {
        let text = r#"{ "hue": 0, "direction": "columns", "cycles": 6 }"#;
        let columns: Wave = serde_json::from_str(text).unwrap();
        let rows = Wave {
            direction: Direction::Rows,
            ..columns.clone()
        };
        let bank = waves(&[columns.clone(), rows], 3, 32);
        let [first, second, third] = [0, 1, 2].map(|i| &bank[i * 2048..(i + 1) * 2048]);
        assert_eq!(first, third);
        assert!(likeness(first, second).abs() < 0.1);
        assert_eq!((columns.refusal(32), columns.refusal(24)), (None, None));
        assert!(columns.refusal(23).unwrap().contains("cycles = 6"));
    }
}
