//! Which systems of a scale stand in which columns of the photos' table.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What the photos' table has beside unprotected photos (`clean`) and the bundled generator (`ours`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotosTable {
    /// Which rows are run; none: all.
    #[serde(default)]
    pub rows: Vec<String>,
    /// Systems that ours is compared with, after every change that is no attack on ours alone.
    #[serde(default)]
    pub rivals: Vec<String>,
    /// Systems that are ours at another strength: measured where nothing happens in between.
    #[serde(default)]
    pub strengths: Vec<String>,
    /// Systems that are what ours could be at best: measured where unseen photos are, too.
    #[serde(default)]
    pub bounds: Vec<String>,
    /// Kinds that a generator never saw; none: they are not measured.
    #[serde(default)]
    pub unseen: Option<Unseen>,
}

/// Classes that a generator was made without; the table measures it on them alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unseen {
    /// Their numbers.
    pub classes: Vec<usize>,
    /// The system that is ours, made without them.
    pub without: String,
}

impl PhotosTable {
    pub(in crate::reproduce) fn validate(&self) -> Result<()> {
        match &self.unseen {
            Some(Unseen { classes, .. }) if classes.len() < 2 => Err(Error::Recipe(format!(
                "photos.unseen.classes = {classes:?}: name two classes at least, to be told apart"
            ))),
            _ => Ok(()),
        }
    }

    /// Numbers of the unseen classes.
    pub(in crate::reproduce) fn unseen_classes(&self) -> &[usize] {
        self.unseen.as_ref().map_or(&[], |unseen| &unseen.classes)
    }

    /// The system that was made without the unseen classes.
    pub(super) fn without(&self) -> Option<&str> {
        self.unseen.as_ref().map(|unseen| unseen.without.as_str())
    }

    /// Whether a system is ours at another strength.
    pub(super) fn is_strength(&self, system: &str) -> bool {
        self.strengths.iter().any(|name| name == system)
    }

    /// Whether a row is run.
    pub(super) fn has_row(&self, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|name| name == row)
    }
}
