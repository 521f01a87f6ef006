//! Class-wise chroma: what a recogniser that is never wrong would give.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{
    bank::{self, BankKind},
    data::Dataset,
    error::{Error, Result},
    protect::{Residuals, uniform_amplitude},
};

/// Side of the grid where none is named and the bank needs no larger one.
const GRID: usize = 4;
/// Largest side of the grid: finer patterns are not what a generator draws.
const LARGEST_GRID: usize = 64;
/// Bound of the patterns; their PSNR decides their amplitude.
const EPSILON: f32 = 16.0 / 255.0;

/// A coarse chroma pattern of each image's true class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassChromaRecipe {
    /// PSNR in dB.
    pub psnr: f64,
    /// The patterns.
    #[serde(default, skip_serializing_if = "BankKind::is_default")]
    pub bank: BankKind,
    /// Whether classes get patterns that their images show little of, see [`bank::contrary`]; then `codes` is none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contrary: bool,
    /// Side of their grid; none: 4, or as many as the bank needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<usize>,
    /// Different patterns; none: one for each class. With fewer, classes share them; with more, the images of a class get
    /// one of several, at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes: Option<usize>,
}

impl ClassChromaRecipe {
    /// One pattern for each class, along which photos vary least.
    pub(crate) fn quiet(psnr: f64) -> Self {
        Self {
            psnr,
            bank: BankKind::Quiet,
            contrary: false,
            grid: None,
            codes: None,
        }
    }

    fn side(&self) -> usize {
        self.grid.unwrap_or(match self.bank {
            BankKind::Gratings | BankKind::Bundled | BankKind::Waves(_) => bank::GRATINGS_GRID,
            BankKind::Opposites { .. } | BankKind::Hues(_) => bank::OPPOSITES_GRID,
            BankKind::Quiet | BankKind::Random => GRID,
        })
    }

    pub(super) fn validate(&self) -> Result<()> {
        let side = self.side();
        if !(1..=LARGEST_GRID).contains(&side) {
            let text = format!("grid = {side} must lie between 1 and {LARGEST_GRID}");
            return Err(Error::Recipe(text));
        }
        if self.codes == Some(0) {
            return Err(Error::Recipe("codes = 0: give one at least".into()));
        }
        if self.contrary && self.codes.is_some() {
            let text =
                "contrary and codes are both set: classes get patterns of their own; unset one";
            return Err(Error::Recipe(text.into()));
        }
        self.bank.validate(side).map_err(Error::Recipe)
    }

    /// The residuals of `data`. They owe nothing to a generator, so recipes share them.
    pub(crate) fn residuals(&self, data: &Dataset, seed: u64) -> Residuals {
        let (grid, classes) = (self.side(), data.classes.len());
        let codes = self.codes.unwrap_or(classes);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let bank = self.bank.bank(codes, grid, data, &mut rng);
        let bank = match self.contrary {
            true => bank::contrary(&bank, grid, data),
            false => bank,
        };
        let size = [data.height, data.width];
        let patterns: Vec<Vec<f32>> = uniform_amplitude(&bank, grid, size, EPSILON, self.psnr)
            .chunks(2 * grid * grid)
            .map(|p| bank::to_rgb(p, EPSILON))
            .collect();
        let mut pattern = |&label: &u8| {
            let code = code_of(usize::from(label), classes, codes, &mut rng);
            patterns[code].iter().copied()
        };
        Residuals {
            height: grid,
            width: grid,
            epsilon: EPSILON,
            data: data.labels.iter().flat_map(&mut pattern).collect(),
        }
    }
}

/// One of the codes that equal the class modulo the number of classes; where there are none, the class modulo that of codes.
fn code_of(class: usize, classes: usize, codes: usize, rng: &mut ChaCha8Rng) -> usize {
    let of_class = codes.saturating_sub(class).div_ceil(classes);
    match of_class {
        0 => class % codes,
        1 => class,
        _ => class + classes * rng.random_range(0..of_class),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(classes: usize, codes: usize) -> Vec<Vec<usize>> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let of = |class| {
            let mut all: Vec<usize> = (0..200)
                .map(|_| code_of(class, classes, codes, &mut rng))
                .collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        (0..classes).map(of).collect()
    }

    #[test]
    fn fewer_codes_are_shared_and_more_are_split() {
        assert_eq!(codes(4, 4), [[0], [1], [2], [3]]);
        assert_eq!(codes(4, 2), [[0], [1], [0], [1]]);
        assert_eq!(codes(3, 8), [vec![0, 3, 6], vec![1, 4, 7], vec![2, 5]]);
    }
}
