//! Where the head of a generator begins and ends: `confounder.head`.

use serde::Deserialize;

/// The values of the graph between which the head lies.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct HeadNames {
    /// What the head reads: float32 `[1, F]`.
    pub(crate) features: String,
    /// What it makes: float32 `[1, K]`, one number for each row of the bank.
    pub(crate) code: String,
}
