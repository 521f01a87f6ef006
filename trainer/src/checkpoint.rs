//! Checkpoints: one file with all that a run needs to go on exactly where it stopped.
//!
//! Layout: magic, length of a TOML header (its numbers come back to the last bit), header, float32 vectors (little
//! endian) in the header's order, SHA-256 of all that. Written to a temporary file in the same folder and renamed, so
//! that a crash never leaves half of one.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    engine::RunMoments,
    error::{Error, Result},
    files::write_whole,
    nets::State,
};

const MAGIC: &[u8; 8] = b"CNFCKPT1";
const DIGEST: usize = 32;

#[derive(Serialize, Deserialize)]
struct Header<T> {
    /// Hash of the recipe parts and data that made it.
    fingerprint: String,
    step: u64,
    /// Lengths of the vectors that follow: parameters, statistics, moments, per learner.
    lengths: Vec<Vec<usize>>,
    steps: Vec<u64>,
    /// What the kind of run keeps beside its vectors.
    history: T,
}

/// A run that can go on: its learners, and what it has recorded so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint<T> {
    /// Steps of the whole run.
    pub step: u64,
    /// One for each network in training.
    pub learners: Vec<RunMoments>,
    /// Losses, accuracies and so on.
    pub history: T,
}

/// Writes a checkpoint; the old one, if any, is replaced only by a whole new one.
pub fn save<T: Serialize + Clone>(
    path: &Path,
    fingerprint: &str,
    checkpoint: &Checkpoint<T>,
) -> Result<()> {
    let vectors = |run: &RunMoments| {
        let mut all = vec![run.state.parameters.clone(), run.state.statistics.clone()];
        all.extend(run.moments.iter().cloned());
        all
    };
    let learners: Vec<Vec<Vec<f32>>> = checkpoint.learners.iter().map(vectors).collect();
    let header = Header {
        fingerprint: fingerprint.to_owned(),
        step: checkpoint.step,
        lengths: learners
            .iter()
            .map(|all| all.iter().map(Vec::len).collect())
            .collect(),
        steps: checkpoint.learners.iter().map(|run| run.step).collect(),
        history: checkpoint.history.clone(),
    };
    let fail = |e: toml::ser::Error| Error::Checkpoint {
        path: path.into(),
        what: e.to_string(),
    };
    let header = toml::to_string(&header).map_err(fail)?.into_bytes();
    let mut bytes = MAGIC.to_vec();
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(&header);
    for vector in learners.iter().flatten() {
        bytes.extend(vector.iter().flat_map(|x| x.to_le_bytes()));
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest.iter());
    write_whole(path, &bytes)
}

/// Reads a checkpoint; `None` where there is no file.
///
/// # Errors
/// [`Error::Checkpoint`] where the file is damaged, or was made under another recipe or from other data.
pub fn load<T: DeserializeOwned>(path: &Path, fingerprint: &str) -> Result<Option<Checkpoint<T>>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io(path)(e)),
    };
    let fail = |what: &str| Error::Checkpoint {
        path: path.into(),
        what: what.to_owned(),
    };
    let damaged = || fail("the file is damaged; remove it to start again");
    let body_len = bytes.len().checked_sub(DIGEST).ok_or_else(damaged)?;
    let (body, digest) = bytes.split_at(body_len);
    if !body.starts_with(MAGIC) || Sha256::digest(body).as_slice() != digest {
        return Err(damaged());
    }
    let length = body
        .get(8..16)
        .and_then(|b| b.try_into().ok())
        .map(u64::from_le_bytes)
        .ok_or_else(damaged)?;
    let end = usize::try_from(length)
        .ok()
        .and_then(|n| n.checked_add(16))
        .ok_or_else(damaged)?;
    let header: Header<T> =
        toml::from_slice(body.get(16..end).ok_or_else(damaged)?).map_err(|_| damaged())?;
    if header.fingerprint != fingerprint {
        return Err(fail(
            "it was made by another recipe or from other data; remove it or choose another folder",
        ));
    }
    let mut floats = body[end..]
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let mut learners = Vec::new();
    for (lengths, &step) in header.lengths.iter().zip(&header.steps) {
        let mut vectors: Vec<Vec<f32>> = lengths
            .iter()
            .map(|&n| floats.by_ref().take(n).collect())
            .collect();
        if vectors.len() < 2 || vectors.iter().zip(lengths).any(|(v, &n)| v.len() != n) {
            return Err(damaged());
        }
        let moments = vectors.split_off(2);
        let statistics = vectors.pop().unwrap_or_default();
        let parameters = vectors.pop().unwrap_or_default();
        learners.push(RunMoments {
            step,
            state: State {
                parameters,
                statistics,
            },
            moments,
        });
    }
    Ok(Some(Checkpoint {
        step: header.step,
        learners,
        history: header.history,
    }))
}
