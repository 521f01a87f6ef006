//! A place in a table, and what its victims gave.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::CellResult;

/// A cell in its place; without a result it was not run yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Placed {
    /// Row.
    pub row: String,
    /// Column.
    pub column: String,
    /// What it gave.
    pub result: Option<CellResult>,
    /// What further victims gave, each of another seed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeats: Vec<CellResult>,
}

/// A figure of several victims.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (of a sample); `None` for a single one.
    pub deviation: Option<f64>,
    /// How many they are.
    pub victims: usize,
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.deviation {
            Some(deviation) => write!(f, "{:.1} ± {deviation:.1}", self.mean),
            None => write!(f, "{:.1}", self.mean),
        }
    }
}

impl Spread {
    /// Mean and deviation of `values`; `None` where there are none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        (!values.is_empty()).then_some(Self {
            mean,
            deviation: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()),
            victims: values.len(),
        })
    }

    /// Standard error of the mean; `None` for a single victim.
    #[must_use]
    pub fn error(&self) -> Option<f64> {
        Some(self.deviation? / (self.victims as f64).sqrt())
    }
}

impl Placed {
    /// A figure over all victims.
    #[must_use]
    pub fn spread(&self, of: impl Fn(&CellResult) -> f64) -> Option<Spread> {
        let values: Vec<f64> = self.result.iter().chain(&self.repeats).map(of).collect();
        Spread::of(&values)
    }

    /// Clean-test accuracy for a reader: last epoch and peak, with the deviation where there are several victims.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let last = self.spread(|r| r.last)?;
        let peak = self.spread(|r| r.peak)?.mean;
        Some(format!("{last} ({peak:.1})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_a_sample() {
        assert_eq!(Spread::of(&[]), None);
        let one = Spread::of(&[4.0]);
        assert_eq!(one.map(|s| (s.mean, s.deviation)), Some((4.0, None)));
        let three = Spread::of(&[1.0, 2.0, 6.0]);
        let deviation = three.and_then(|s| s.deviation).unwrap_or_default();
        assert!((deviation - 7.0_f64.sqrt()).abs() < 1e-12, "{deviation}");
        let error = three.and_then(|s| s.error()).unwrap_or_default();
        assert!((error - (7.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{error}");
        assert_eq!(three.map(|s| s.to_string()), Some("3.0 ± 2.6".into()));
    }
}
