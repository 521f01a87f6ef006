//! The one error type of the trainer: every variant says what was wrong, with which value, and what to do about it.
use std::path::{Path, PathBuf};

/// The trainer's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in the trainer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A data set is damaged, incomplete or of an unknown kind.
    #[error("{}{}: {what}", path.display(), record.map(|r| format!(", record {r}")).unwrap_or_default())]
    Data {
        /// The file or folder at fault.
        path: PathBuf,
        /// The record (image) in the file, counted from 0, where it is one record's fault.
        record: Option<u64>,
        /// What is wrong, with the value found and the value expected.
        what: String,
    },
    /// A recipe has an unknown field, a value out of range, or values that contradict each other.
    #[error("recipe: {0}")]
    Recipe(String),
    /// ONNX Runtime's shared library could not be found, fetched, checked or loaded.
    #[error("ONNX Runtime: {0}")]
    Runtime(String),
    /// A graph could not be built or differentiated.
    #[error("graph: {0}")]
    Graph(String),
    /// ONNX Runtime refused a graph or failed to run it.
    #[error("ONNX Runtime failed: {0}")]
    Ort(String),
    /// The user asked to stop; everything up to the last checkpoint is kept.
    #[error("interrupted; run the same command again to resume")]
    Interrupted,
    /// A checkpoint is damaged or belongs to another recipe.
    #[error("checkpoint {}: {what}", path.display())]
    Checkpoint {
        /// The checkpoint file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A generator file could not be written, read or checked.
    #[error("generator: {0}")]
    Generator(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An I/O error with the path it happened at; made for `map_err(Error::io(path))`.
    pub fn io(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, source }
    }

    /// A fault of a whole data file or folder.
    pub fn data(path: impl AsRef<Path>, what: impl Into<String>) -> Self {
        Self::Data {
            path: path.as_ref().to_path_buf(),
            record: None,
            what: what.into(),
        }
    }

    /// A fault of one record (counted from 0) of a data file.
    pub fn record(path: impl AsRef<Path>, record: u64, what: impl Into<String>) -> Self {
        Self::Data {
            path: path.as_ref().to_path_buf(),
            record: Some(record),
            what: what.into(),
        }
    }
}

/// A value of a recipe that must lie in a range, ends included.
///
/// # Errors
/// [`Error::Recipe`] with its name and the range.
pub(crate) fn within(name: &str, value: f64, low: f64, high: f64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let text = format!("{name} = {value}; it must lie in {low}..={high}");
    Err(Error::Recipe(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_file_record_and_value() {
        let text = Error::record("a/data_batch_1.bin", 17, "label 12 is not below 10").to_string();
        assert_eq!(
            text,
            "a/data_batch_1.bin, record 17: label 12 is not below 10"
        );
        let missing = std::fs::File::open("/nonexistent/x").map_err(Error::io("/nonexistent/x"));
        assert!(missing.is_err_and(|e| e.to_string().starts_with("/nonexistent/x: ")));
    }
}
