//! The working grid: which size of photo the generator sees.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::{Error, ErrorKind, Result};

/// Most pixels in a working grid: 16.8 million.
const MAX_PIXELS: usize = 1 << 24;

/// How far the long side of a `short-side` grid may exceed the short one; longer photos are squashed.
const MAX_ASPECT: usize = 8;

/// How a photo is brought to the size the generator sees (`confounder.grid` of the generator file).
///
/// ```
/// use confounder::Grid;
///
/// let grid: Grid = "short-side:224".parse()?;
/// assert_eq!(grid.working_size(4000, 3000, 32)?, (288, 224));
/// # Ok::<(), confounder::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grid {
    /// `native`: the photo's own size, cut down to the multiple.
    Native,
    /// `short-side:N`: the short side becomes N, the long side follows (at most 8 N).
    ShortSide(usize),
    /// `square:N`: N x N, whatever the aspect ratio.
    Square(usize),
}

impl Grid {
    /// The size (width, height) of the working grid of an upright photo of `width` x `height`. Both sides are
    /// multiples of `multiple`, the generator's `confounder.multiple`.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] where the grid would have more than 2^24 pixels.
    pub fn working_size(
        self,
        width: usize,
        height: usize,
        multiple: usize,
    ) -> Result<(usize, usize)> {
        let multiple = multiple.max(1);
        let (columns, rows) = match self {
            Self::Native => (cut(width, multiple), cut(height, multiple)),
            Self::Square(side) => (side, side),
            Self::ShortSide(side) => {
                let short = width.min(height).max(1) as u128;
                let long = width.max(height) as u128;
                let scaled = (long * side as u128 + short / 2) / short;
                let long = usize::try_from(scaled)
                    .unwrap_or(usize::MAX)
                    .min(side * MAX_ASPECT);
                let long = ((long + multiple / 2) / multiple * multiple).max(side);
                if width >= height {
                    (long, side)
                } else {
                    (side, long)
                }
            }
        };
        match columns.checked_mul(rows) {
            Some(pixels) if pixels <= MAX_PIXELS => Ok((columns, rows)),
            _ => Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the working grid of {columns} x {rows} exceeds {MAX_PIXELS} pixels; scale the photo down first"
                ),
            )),
        }
    }
}

fn cut(side: usize, multiple: usize) -> usize {
    (side / multiple * multiple).max(multiple)
}

impl FromStr for Grid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let side = |digits: &str| digits.parse().ok().filter(|n| (8..=4096).contains(n));
        let grid = match text.split_once(':') {
            None if text == "native" => Some(Self::Native),
            Some(("short-side", digits)) => side(digits).map(Self::ShortSide),
            Some(("square", digits)) => side(digits).map(Self::Square),
            _ => None,
        };
        grid.ok_or_else(|| {
            let message = format!(
                "{text:?} is no grid; use native, short-side:N or square:N with N from 8 to 4096"
            );
            Error::new(ErrorKind::GeneratorInvalid, message)
        })
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native => f.write_str("native"),
            Self::ShortSide(side) => write!(f, "short-side:{side}"),
            Self::Square(side) => write!(f, "square:{side}"),
        }
    }
}

impl Serialize for Grid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for text in ["native", "short-side:224", "square:32"] {
            assert_eq!(text.parse::<Grid>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "Native",
            "square",
            "square:",
            "square:7",
            "square:-32",
            "short-side:4097",
            "square:1e3",
        ] {
            assert_eq!(
                text.parse::<Grid>().unwrap_err().kind(),
                ErrorKind::GeneratorInvalid,
                "{text}"
            );
        }
    }

    #[test]
    fn sizes_are_multiples_and_bounded() {
        assert_eq!(Grid::Native.working_size(101, 7, 8).unwrap(), (96, 8));
        assert_eq!(
            Grid::Square(32).working_size(4000, 10, 1).unwrap(),
            (32, 32)
        );
        assert_eq!(
            Grid::ShortSide(32).working_size(1, 65_535, 8).unwrap(),
            (32, 256)
        );
        assert_eq!(
            Grid::ShortSide(64).working_size(70, 64, 64).unwrap(),
            (64, 64)
        );
        let error = Grid::Native.working_size(10_000, 10_000, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
}
